/** Redis and MariaDB for tests: our own, each in a folder of its own, on a free port of 127.0.0.1. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { createConnection } from "mysql2/promise";

import { freePort } from "./free-port.ts";
import { dismiss, ended, guardOf } from "./postgres.ts";

export interface Server extends AsyncDisposable {
  /** Of its administrator. */
  readonly url: string;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again over the same folder and port. */
  restart(): Promise<void>;
  /** Stops answering, as a hanging host does; until `resume`. */
  suspend(): void;
  resume(): void;
}

interface Kind {
  readonly binary: string;
  readonly package: string;
  /** Makes the folder's data; once. */
  prepare?(folder: string): void;
  args(folder: string, port: number): readonly string[];
  answers(port: number): Promise<void>;
  url(port: number): string;
}

/** The password of the administrator: what must never be seen in an error. */
export const SERVER_PASSWORD = "pw-never-to-be-printed";
/** Names an administrator's URL of the MariaDB that tests share. */
export const MARIADB_VARIABLE = "OUBLI_TEST_MARIADB_URL";
const START_DEADLINE_MS = 120_000;

const REDIS: Kind = {
  binary: "redis-server",
  package: "redis-server",
  args: (folder, port) => [
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "yes", "--requirepass", SERVER_PASSWORD],
  ],
  answers: redisAnswers,
  url: (port) => `redis://:${SERVER_PASSWORD}@127.0.0.1:${port}/0`,
};

const MARIADB: Kind = {
  binary: "mariadbd",
  package: "mariadb-server",
  prepare(folder) {
    const args = [
      ...["--no-defaults", `--datadir=${join(folder, "data")}`, "--skip-test-db"],
      ...["--auth-root-authentication-method=normal", ...asRoot(), ...QUICK, apart(folder)],
    ];
    execFileSync(found("mariadb-install-db")!, args, { stdio: "pipe", cwd: folder });
  },
  args: (folder, port) => [
    ...["--no-defaults", `--datadir=${join(folder, "data")}`, ...asRoot(), ...QUICK, apart(folder)],
    ...["--bind-address=127.0.0.1", `--port=${port}`, `--socket=${join(folder, "socket")}`],
    ...[`--pid-file=${join(folder, "pid")}`, "--character-set-server=utf8mb4"],
  ],
  answers: mariadbAnswers,
  url: (port) => `mariadb://root:${SERVER_PASSWORD}@127.0.0.1:${port}`,
};

const QUICK = [
  "--innodb-log-file-size=32M",
  "--innodb-flush-log-at-trx-commit=2",
  "--innodb-flush-method=nosync",
  "--innodb-buffer-pool-size=64M",
];

/** One that starts removes what it finds of temporary tables, those of its neighbours too. */
const apart = (folder: string): string => `--tmpdir=${folder}`;

const asRoot = (): string[] => (process.getuid?.() === 0 ? ["--user=root"] : []);

export const startRedis = (): Promise<Server> => start(REDIS);
export const startMariadb = (): Promise<Server> => start(MARIADB);

/** Why tests on a server are skipped, with what to install; `false` when it is there. */
export function skipWithout(server: "redis" | "mariadb"): string | false {
  const kind = server === "redis" ? REDIS : MARIADB;
  return found(kind.binary) === null && `needs ${kind.binary}: apt-get install ${kind.package}`;
}

/** Where we are root on Debian, what is missing is installed once, at the start of a test run. */
export function installServers(): void {
  const missing = [REDIS, MARIADB].filter(({ binary }) => found(binary) === null);
  const apt = found("apt-get");
  if (missing.length === 0 || process.getuid?.() !== 0 || apt === null) return;
  if (!existsSync("/etc/debian_version")) return;
  const packages = missing.map((kind) => kind.package);
  console.log(`installing for the tests, once: apt-get install ${packages.join(" ")}`);
  // At this run level, their packages start no service of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  try {
    execFileSync(apt, ["-qq", "update"], { env, stdio: "pipe" });
    const install = ["install", "-qq", "-y", "--no-install-recommends", ...packages];
    execFileSync(apt, install, { env, stdio: "pipe" });
  } catch {
    console.log("that failed; the tests that need them are skipped");
  }
}

async function start(kind: Kind): Promise<Server> {
  const binary = found(kind.binary);
  if (binary === null) throw new Error(`not installed: apt-get install ${kind.package}`);
  const folder = mkdtempSync(join(tmpdir(), `oubli-${kind.binary}-`));
  kind.prepare?.(folder);
  const port = await freePort();
  let child: ChildProcess;
  let guard: ChildProcess;
  const begin = async () => {
    child = spawn(binary, kind.args(folder, port), { cwd: folder, stdio: "ignore" });
    child.unref();
    guard = guardOf(child, folder);
    await answering(kind, port, child);
  };
  await begin();
  return {
    url: kind.url(port),
    async kill() {
      dismiss(guard);
      await ended(child, "SIGKILL");
    },
    restart: begin,
    suspend: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      dismiss(guard);
      await ended(child, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(kind: Kind, port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      return await kind.answers(port);
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) throw error;
      await pause(30);
    }
  }
}

function redisAnswers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("not ready")));
    socket.once("data", (answer) => {
      socket.destroy();
      // It asks for the password: so it is there, and not loading.
      if (answer.toString().startsWith("-NOAUTH")) resolve();
      else reject(new Error("not ready"));
    });
  });
}

/** Gives the administrator its password, the first time. */
async function mariadbAnswers(port: number): Promise<void> {
  const at = { host: "127.0.0.1", port, user: "root" };
  try {
    const known = await createConnection({ ...at, password: SERVER_PASSWORD });
    await known.end();
  } catch (error) {
    if ((error as { code?: string }).code !== "ER_ACCESS_DENIED_ERROR") throw error;
    const first = await createConnection(at);
    await first.query("ALTER USER root@localhost IDENTIFIED BY ?", [SERVER_PASSWORD]);
    await first.end();
  }
}

const FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];

function found(binary: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, binary)).find(executable) ?? null;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
