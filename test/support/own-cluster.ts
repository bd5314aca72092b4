/** A Citus cluster of one's own, whose servers may be killed. */
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

import { administer, startPostgres, type PostgresServer } from "./postgres.ts";

const SETTINGS = [
  "shared_preload_libraries=citus",
  "max_prepared_transactions=200",
  "citus.shard_count=8",
  "citus.node_conninfo=sslmode=disable",
  "citus.enable_statistics_collection=off",
  "citus.recover_2pc_interval=2s",
];

interface Cluster extends PostgresServer {
  /** Resolves when no commit stands prepared on a node that missed the end of it. */
  settled(): Promise<void>;
}

/** A coordinator and two nodes. Each kill is of the next one, and `restart` is of that. */
export async function startCluster(): Promise<Cluster> {
  const servers = await Promise.all([1, 2, 3].map(() => startPostgres(SETTINGS)));
  const [coordinator, ...nodes] = servers as [PostgresServer, ...PostgresServer[]];
  for (const { url } of servers) await administer(url, "CREATE EXTENSION citus");
  const portOf = ({ url }: PostgresServer): string => new URL(url).port;
  await administer(
    coordinator.url,
    `SELECT citus_set_coordinator_host('127.0.0.1', ${portOf(coordinator)})`,
    ...nodes.map((node) => `SELECT citus_add_node('127.0.0.1', ${portOf(node)})`),
  );
  let kills = 0;
  const next = (): PostgresServer => servers[kills % servers.length]!;
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.stop();
  };
  return {
    url: coordinator.url,
    folder: null,
    isCluster: true,
    async kill() {
      kills += 1;
      await next().kill();
    },
    restart: () => next().restart(),
    settled: () => settled(servers),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A server that a cluster may take in, with the database of the same name as the one there. */
export async function startNode(of: string): Promise<PostgresServer> {
  const server = await startPostgres(SETTINGS);
  const [here, there] = [new URL(server.url), new URL(of)];
  await administer(here.href, `CREATE DATABASE ${there.pathname.slice(1)}`);
  here.pathname = there.pathname;
  await administer(here.href, "CREATE EXTENSION citus");
  return server;
}

const SETTLED_MAX_MS = 30_000;

async function settled(servers: readonly PostgresServer[]): Promise<void> {
  const deadline = Date.now() + SETTLED_MAX_MS;
  for (const { url } of servers) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    while ((await client.query("SELECT FROM pg_prepared_xacts")).rowCount !== 0) {
      if (Date.now() > deadline) throw new Error("a commit stays prepared");
      await pause(100);
    }
    await client.end();
  }
}
