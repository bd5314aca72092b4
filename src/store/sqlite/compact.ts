import { Worker } from "node:worker_threads";

import { storeError } from "./sqlite-errors.ts";

/**
 * Writes a SQLite file anew, without its free pages and the free parts of pages, on a thread of its
 * own. It reads every page on the way, so what is damaged is found.
 */
export function compact(from: string, to: string): Promise<void> {
  // Its text, not a file of its own: a bundler keeps it.
  const worker = new Worker(`(${serve.toString()})()`, {
    eval: true,
    name: "oubli-compact",
    workerData: { from, to },
  });
  return new Promise((resolve, reject) => {
    worker.on("error", (error) => reject(storeError(error)));
    worker.on("exit", () => resolve());
  });
}

/** The worker's whole text: it sees nothing of this module. */
function serve(): void {
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { from, to } = workerData as { from: string; to: string };
  const sql = new DatabaseSync(from);
  try {
    sql.prepare("VACUUM INTO ?").run(to);
  } finally {
    sql.close();
  }
}
