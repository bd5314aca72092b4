import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** `deferred`: somebody still reads the old pages, or writes; the next cut takes them along. */
export type Cut = "removed" | "deferred";

interface Cuts {
  readonly running: Promise<Cut>;
  next: Promise<Cut> | null;
}

const underWay = new Map<string, Cuts>();

/**
 * Moves a file's write-ahead log into the file and cuts it to nothing, so that no old page stays.
 * It takes two flushes, on a thread of its own: the caller goes on with another file meanwhile.
 *
 * Calls that wait share one cut. Why it is safe: a call shares only a cut that has not begun, so
 * whatever it committed before is in the log that is cut.
 */
export function cutLog(path: string): Promise<Cut> {
  const cuts = underWay.get(path);
  if (cuts) return (cuts.next ??= cuts.running.then(() => begin(path)));
  return begin(path);
}

/** Lets go of the file, behind every cut that waits; the next {@link cutLog} opens it again. */
export async function closeLog(path: string): Promise<void> {
  for (let cuts = underWay.get(path); cuts; cuts = underWay.get(path)) {
    await (cuts.next ?? cuts.running);
    // One turn, so that a cut which is over has left the list.
    await turn();
  }
  if (cutter !== null) await ask("close", path);
}

function begin(path: string): Promise<Cut> {
  const cuts: Cuts = { running: ask("cut", path), next: null };
  underWay.set(path, cuts);
  void forgetWhenOver(path, cuts);
  return cuts.running;
}

async function forgetWhenOver(path: string, cuts: Cuts): Promise<void> {
  await cuts.running;
  if (cuts.next === null) underWay.delete(path);
}

type Act = "cut" | "close";

interface Cutter {
  readonly worker: Worker;
  /** In the order of their questions, which is that of the answers. */
  readonly waiting: ((cut: Cut) => void)[];
}

/** One worker for all files of the process, made when first needed. */
let cutter: Cutter | null = null;

function ask(act: Act, path: string): Promise<Cut> {
  const { worker, waiting } = (cutter ??= startCutter());
  const { promise, resolve } = Promise.withResolvers<Cut>();
  waiting.push(resolve);
  // It keeps the process alive only while somebody waits for it.
  worker.ref();
  worker.postMessage([act, pathToFileURL(path).href]);
  return promise;
}

function startCutter(): Cutter {
  // Its text, not a file of its own: a bundler keeps it.
  const worker = new Worker(`(${serve.toString()})()`, { eval: true, name: "oubli-cut-log" });
  const started: Cutter = { worker, waiting: [] };
  worker.on("message", (cut: Cut) => {
    started.waiting.shift()?.(cut);
    if (started.waiting.length === 0) worker.unref();
  });
  worker.on("error", () => {});
  worker.on("exit", () => {
    if (cutter === started) cutter = null;
    for (const answer of started.waiting.splice(0)) answer("deferred");
  });
  return started;
}

/** The worker's whole text: it sees nothing of this module. */
function serve(): void {
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const { statSync } = process.getBuiltinModule("node:fs");
  type Sql = InstanceType<typeof DatabaseSync>;
  const files = new Map<string, { readonly sql: Sql; readonly ino: number }>();

  function open(href: string): Sql {
    const { ino } = statSync(new URL(href));
    // Of a file that is there: one that was removed meanwhile is not made again.
    const sql = new DatabaseSync(new URL(`${href}?mode=rw`), { timeout: 20 });
    files.set(href, { sql, ino });
    return sql;
  }

  function close(href: string): void {
    files.get(href)?.sql.close();
    files.delete(href);
  }

  /** The handle that is open, unless another file lies there now: a store that was put back. */
  function handleOn(href: string): Sql {
    const known = files.get(href);
    if (known && known.ino === statSync(new URL(href)).ino) return known.sql;
    close(href);
    return open(href);
  }

  function cut(href: string): Cut {
    try {
      const sql = handleOn(href);
      const { busy } = sql.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      return busy === 0 ? "removed" : "deferred";
    } catch {
      close(href);
      return "deferred";
    }
  }

  /**
   * The first commit after a cut flushes twice and makes the log grow anew. This one is for
   * nothing else, so that the next destruction need not: it writes the first page as it is.
   */
  function prime(href: string): void {
    const { sql } = files.get(href)!;
    try {
      sql.exec("BEGIN IMMEDIATE");
      const row = sql.prepare("PRAGMA user_version").get() as { user_version: number };
      sql.exec(`PRAGMA user_version = ${row.user_version}`);
      sql.exec("COMMIT");
    } catch {
      // Another writer came first and paid for it; or the file is gone, and so is this handle.
      close(href);
    }
  }

  parentPort!.on("message", ([act, href]: [Act, string]) => {
    if (act === "close") close(href);
    const done = act === "cut" ? cut(href) : "removed";
    parentPort!.postMessage(done);
    if (act === "cut" && done === "removed") prime(href);
  });
}
