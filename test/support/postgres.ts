/** A PostgreSQL server for tests: the one that the environment names, or one of our own. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

import { CLUSTER_VARIABLE, dropOnCluster, makeOnCluster } from "./cluster.ts";
import { freePort } from "./free-port.ts";

export interface PostgresServer extends AsyncDisposable {
  /** Of an administrator, for the database `postgres`. */
  readonly url: string;
  /** Its whole data directory; `null` for a server that is not ours. */
  readonly folder: string | null;
  /** Whether it coordinates one: its databases are over all nodes. */
  readonly isCluster?: true;
  /** `kill -9` of the server and all of its children. */
  kill(): Promise<void>;
  /** Starts it again over the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestDatabase extends AsyncDisposable {
  /** Of the administrator: makes schemas, attacks them. */
  readonly adminUrl: string;
  /** Of a login without rights of its own: what an application has. */
  readonly url: string;
  /** A member of every role that `migrate` is told of. */
  readonly login: string;
  /** Whether it is one of a cluster: see `schemas.ts`. */
  readonly onNodes: boolean;
}

/** Names an administrator's URL of the server that tests use. */
export const SERVER_VARIABLE = "OUBLI_TEST_POSTGRES_URL";
const VERSION_MIN = 15;
const LOGIN = "oubli_test_login";
const START_DEADLINE_MS = 120_000;

let shared: Promise<PostgresServer> | null = null;

/**
 * A new empty database: on the cluster that the environment names, else on the server that all tests
 * of a run share; or on one's own.
 */
export async function testDatabase(on?: PostgresServer): Promise<TestDatabase> {
  const cluster = on ? on.isCluster && on.url : process.env[CLUSTER_VARIABLE];
  if (!cluster) return serverDatabase(on);
  const name = newName();
  await makeOnCluster(cluster, name);
  const drop = () => dropOnCluster(cluster, name);
  return { ...(await withUrls(cluster, name)), onNodes: true, [Symbol.asyncDispose]: drop };
}

/** One that is on no cluster. For a file that runs alone a server is started, and ends with it. */
export async function serverDatabase(on?: PostgresServer): Promise<TestDatabase> {
  const named = process.env[SERVER_VARIABLE];
  const admin = on?.url ?? named ?? (await (shared ??= startPostgres())).url;
  const name = newName();
  await administer(admin, `CREATE DATABASE ${name}`);
  const drop = () => administer(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  return { ...(await withUrls(admin, name)), onNodes: false, [Symbol.asyncDispose]: drop };
}

const newName = (): string =>
  `oubli_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;

async function withUrls(admin: string, name: string) {
  const adminUrl = withDatabase(admin, name);
  await administer(adminUrl, makeLogin());
  return { adminUrl, url: withDatabase(withLogin(admin), name), login: LOGIN };
}

/**
 * Starts a server of one's own: durable, in a folder of its own, on a free port of 127.0.0.1.
 *
 * @param settings As in its configuration file: `synchronous_commit=on`.
 * @throws when no PostgreSQL of a version that we support is installed, with what to install.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const bin = binaries();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), "oubli-postgres-"));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, stdio: "pipe", cwd: folder } as const;
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
  execFileSync(join(bin, "initdb"), [...init, "--no-sync"], options);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let child: ChildProcess;
  let guard: ChildProcess;
  const start = async () => {
    const here = ["listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
    // Behind a kill it flushes its folder as a whole, and not a thousand files one after the other.
    if (process.platform === "linux") here.push("recovery_init_sync_method=syncfs");
    const all = [...here, "max_connections=200", ...settings].flatMap((each) => ["-c", each]);
    child = spawn(join(bin, "postgres"), ["-D", data, "-p", `${port}`, ...all], {
      ...user,
      cwd: folder,
      stdio: "ignore",
    });
    child.unref();
    guard = guardOf(child, folder);
    await answering(url, child);
  };
  const stop = async (): Promise<void> => {
    dismiss(guard);
    await ended(child, "SIGQUIT");
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return {
    url,
    folder: data,
    async kill() {
      dismiss(guard);
      await killed(child);
    },
    restart: start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The folder of the newest PostgreSQL that is new enough. */
function binaries(): string {
  const system = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => versionIn(b) - versionIn(a));
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...system];
  const found = folders.find((folder) => isServer(folder));
  if (found) return found;
  throw new Error(
    `These tests need a PostgreSQL server, version ${VERSION_MIN} or newer. Set ${SERVER_VARIABLE} ` +
      "to an administrator's URL, or install one: apt-get install postgresql",
  );
}

const versionIn = (folder: string): number => Number(/(\d+)\/bin$/.exec(folder)?.[1] ?? 0);

function isServer(folder: string): boolean {
  try {
    const options = { encoding: "utf8", stdio: "pipe" } as const;
    execFileSync(join(folder, "initdb"), ["--version"], options);
    const said = execFileSync(join(folder, "postgres"), ["--version"], options);
    return Number(/(\d+)/.exec(said)?.[1] ?? 0) >= VERSION_MIN;
  } catch {
    return false;
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      return await administer(url, "SELECT 1");
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) throw error;
      await pause(30);
    }
  }
}

/**
 * Ends the server and removes its folder when this process ends, in whatever way: then the pipe
 * that the guard reads from is closed.
 */
export function guardOf(server: ChildProcess, folder: string): ChildProcess {
  const script = 'read -r _; kill -QUIT "$1"; sleep 1; rm -rf "$2"';
  const args = ["-c", script, "guard", `${server.pid!}`, folder];
  const guard = spawn("sh", args, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

/** Sends a guard home, so that it never ends a server that took the number of an older one. */
export function dismiss(guard: ChildProcess): void {
  guard.kill("SIGKILL");
  guard.stdin!.destroy();
}

export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.ref();
    child.kill(signal);
  });
}

/**
 * A new postmaster refuses to start while a child of the killed one lives. It is stopped first, so
 * that it has no child that is not seen here.
 */
async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGSTOP");
  const children = execFileSync("ps", ["-o", "pid=", "--ppid", `${child.pid!}`], {
    encoding: "utf8",
  });
  await ended(child, "SIGKILL");
  for (const pid of children.match(/\d+/g) ?? []) await gone(Number(pid));
}

async function gone(pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
    // Bounded: where nobody takes its end, it stays as a name.
    for (let tries = 0; tries < 200 && !isOnlyName(pid); tries += 1) {
      process.kill(pid, 0);
      await pause(5);
    }
  } catch {
    // It is no more.
  }
}

function isOnlyName(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Runs statements as whoever the URL names. */
export async function administer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Files run side by side, and each makes it if it is not there. */
const makeLogin = (): string => `
  DO $$ BEGIN
    CREATE ROLE ${LOGIN} LOGIN NOINHERIT PASSWORD '${LOGIN}';
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`;

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function withLogin(url: string): string {
  const changed = new URL(url);
  changed.username = LOGIN;
  changed.password = LOGIN;
  return changed.href;
}
