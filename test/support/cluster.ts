/** Databases for tests over all nodes of a Citus cluster, where the environment names one. */
import pg from "pg";

/** Names an administrator's URL of a database with Citus, at the coordinator of its cluster. */
export const CLUSTER_VARIABLE = "OUBLI_CITUS_URL";

/** Why a test that looks at one server's own rows or files is passed over; `false`: it is not. */
export const ON_CLUSTER: string | false =
  process.env[CLUSTER_VARIABLE] !== undefined && "rows stand on the nodes of a cluster";

interface Node {
  readonly name: string;
  readonly port: number;
  readonly coordinates: boolean;
}

/** Makes an empty database on every node, and joins them as those of the named one are. */
export async function makeOnCluster(cluster: string, database: string): Promise<void> {
  const nodes = await nodesOf(cluster);
  for (const node of nodes) {
    await ask(at(cluster, node), `CREATE DATABASE ${database}`);
    await ask(at(cluster, node, database), "CREATE EXTENSION citus");
  }
  const [coordinator, ...workers] = nodes;
  const join = `SELECT citus_set_coordinator_host('${coordinator!.name}', ${coordinator!.port})`;
  await ask(
    at(cluster, coordinator!, database),
    join,
    ...workers.map(({ name, port }) => `SELECT citus_add_node('${name}', ${port})`),
    `SELECT citus_set_node_property('${coordinator!.name}', ${coordinator!.port},
      'shouldhaveshards', false)`,
  );
}

export async function dropOnCluster(cluster: string, database: string): Promise<void> {
  for (const node of await nodesOf(cluster)) {
    await ask(at(cluster, node), `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

/** The coordinator comes first. */
async function nodesOf(cluster: string): Promise<readonly Node[]> {
  const text = `SELECT nodename AS name, nodeport AS port, groupid = 0 AS coordinates
    FROM pg_dist_node ORDER BY groupid`;
  const nodes = (await ask(cluster, text)) as unknown as Node[];
  if (nodes.length > 2 && nodes[0]!.coordinates) return nodes;
  throw new Error(`${CLUSTER_VARIABLE} must name a coordinator with two other nodes or more`);
}

function at(cluster: string, { name, port }: Node, database = "postgres"): string {
  const url = new URL(cluster);
  [url.hostname, url.port, url.pathname] = [name, String(port), `/${database}`];
  return url.href;
}

/** @returns the last one's rows. */
async function ask(url: string, ...statements: readonly string[]): Promise<readonly object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly object[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as object[];
    return rows;
  } finally {
    await client.end();
  }
}
