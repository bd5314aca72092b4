import fs from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import sqlite, { DatabaseSync, StatementSync } from "node:sqlite";

import pg from "pg";

/**
 * Writes down the steps of this process: what it asks of the file system and of its databases. In
 * the middle of one of them it is killed: asked for, and not answered.
 *
 * A step is the same one on every machine, which a time after the beginning is not.
 */
export async function countSteps(diesAt: number | null): Promise<readonly string[]> {
  const steps: string[] = [];
  const count = (of: object, name: string): void => {
    const object = of as Record<string, (...given: unknown[]) => unknown>;
    const asked = object[name]!;
    object[name] = function (this: unknown, ...given) {
      const [of] = given as [string | { text?: string } | undefined];
      const step = steps.push(`${name} ${typeof of === "object" ? of?.text : of}`);
      try {
        return asked.apply(this, given);
      } finally {
        if (step === diesAt) process.kill(process.pid, "SIGKILL");
      }
    };
  };
  await using some = await files.open(process.execPath);
  const asked: readonly (readonly [object, readonly string[]])[] = [
    [fs, ["mkdirSync", "rmSync"]],
    [files, ["link", "mkdir", "open", "rename", "rm", "unlink"]],
    [Object.getPrototypeOf(some) as object, ["sync", "writeFile"]],
    [sqlite, ["backup"]],
    [DatabaseSync.prototype, ["close", "exec"]],
    [StatementSync.prototype, ["all", "get", "run"]],
    [pg.Client.prototype, ["query"]],
  ];
  for (const [of, names] of asked) for (const name of names) count(of, name);
  syncBuiltinESMExports();
  return steps;
}
