/** Runs every test and every gate. With file patterns as arguments: only those. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { resolve } from "node:path";

const PATTERNS = ["src/**/*.test.ts", "test/**/*.test.ts"];

const patterns = process.argv.length > 2 ? process.argv.slice(2) : PATTERNS;
const files = globSync(patterns).sort();
if (files.length === 0) throw new Error("no test file matches");

const { status } = spawnSync(
  process.execPath,
  [
    "--conditions=oubli-source",
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-concurrency=2",
    "--test-reporter=./scripts/summary.ts",
    "--test-reporter-destination=stdout",
    ...files,
  ],
  { stdio: "inherit", env: { ...process.env, NODE_COMPILE_CACHE: resolve(".cache/compile") } },
);
process.exitCode = status ?? 1;
