import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

/** The unit of every figure: one bare durable commit of a small row, measured beside it. */
export interface Unit {
  commit(): void;
  close(): void;
}

export function openUnit(folder: string): Unit {
  const sql = new DatabaseSync(join(folder, "unit.db"));
  sql.exec(`
    PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA secure_delete = on;
    CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;`);
  const insert = sql.prepare("INSERT INTO row (text) VALUES (?)");
  return {
    commit: () => void insert.run("a small row of some fifty bytes, to be written down"),
    close: () => sql.close(),
  };
}

/** A steady figure from few samples: neither a warm-up nor a hiccup of the machine counts. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Milliseconds that one call takes. */
export async function timed(call: () => unknown): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** Calls that are not counted: until then a server has not compiled its hot path either. */
const WARM_UP = 200;

/**
 * Times `call` and the unit in turns, so that both meet the same moods of a shared machine.
 *
 * @returns medians in milliseconds, and their ratio.
 */
export async function against(
  unit: Unit,
  times: number,
  call: (time: number) => unknown,
): Promise<{ readonly ms: number; readonly unitMs: number; readonly ratio: number }> {
  const [calls, units]: [number[], number[]] = [[], []];
  for (let time = 0; time < WARM_UP + times; time += 1) {
    const [unitMs, callMs] = [await timed(() => unit.commit()), await timed(() => call(time))];
    if (time < WARM_UP) continue;
    units.push(unitMs);
    calls.push(callMs);
  }
  const [ms, unitMs] = [median(calls), median(units)];
  return { ms, unitMs, ratio: ms / unitMs };
}
