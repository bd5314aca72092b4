/** Runs every test and every gate. With file patterns as arguments: only those. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";

import { SERVER_VARIABLE, startPostgres } from "../test/support/postgres.ts";
import {
  installServers,
  MARIADB_VARIABLE,
  skipWithout,
  startMariadb,
} from "../test/support/servers.ts";
import { PROCESSES_VARIABLE, processesOf, withoutShared } from "./processes.ts";
import { temporaryFolder } from "./temporary.ts";

const PATTERNS = ["src/**/*.test.ts", "test/**/*.test.ts"];

const patterns = process.argv.length > 2 ? process.argv.slice(2) : PATTERNS;
const files = withoutShared(globSync(patterns).sort());
if (files.length === 0) throw new Error("no test file matches");

process.env["TMPDIR"] = temporaryFolder();

// What is tested as a user gets it, and what names the package in its types, is built first.
if (!existsSync("dist")) await import("./build.ts");

const needs = (module: string): boolean =>
  files.some((file) => readFileSync(file, "utf8").includes(module));

const needsSql = needs("/sql-grounds.ts");
if (needsSql || needs("support/servers.ts")) installServers();

/** One server of a kind for all files, each with databases of its own in it. */
const needsServer = !process.env[SERVER_VARIABLE] && (needsSql || needs("support/postgres.ts"));
await using server = needsServer ? await startPostgres() : null;
const needsMariadb = !process.env[MARIADB_VARIABLE] && needsSql && !skipWithout("mariadb");
await using mariadb = needsMariadb ? await startMariadb() : null;

const shared = resolve(`.cache/tests-${process.pid}`);
process.once("exit", () => rmSync(shared, { recursive: true, force: true }));
const processes = processesOf(files, shared);

const tests = spawn(
  process.execPath,
  [
    "--conditions=oubli-source",
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-concurrency=3",
    "--test-reporter=./scripts/summary.ts",
    "--test-reporter-destination=stdout",
    ...processes.map(({ entry }) => entry),
  ],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: resolve(".cache/compile"),
      [PROCESSES_VARIABLE]: JSON.stringify(processes),
      ...(server && { [SERVER_VARIABLE]: server.url }),
      ...(mariadb && { [MARIADB_VARIABLE]: mariadb.url }),
    },
  },
);
// Told to stop, it stops the tests and then the server.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
const [status] = (await once(tests, "exit")) as [number | null];
process.exitCode = status ?? 1;
