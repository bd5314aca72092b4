import {
  storedEntries,
  tryReadEntry,
  type AuditStore,
  type LogName,
  type StoredEntry,
} from "#audit";
import { DAY_MS, type Clock, type EpochMs } from "#kernel";

import { Detector, type Finding } from "./detector.ts";
import { observationOf, WATCHED } from "./observation.ts";

/** What is usual is learned from so much of the past. */
const LEARNED_DAYS = 35;

/** What it reads of a store. */
export type LogReader = Pick<AuditStore, "logs" | "head" | "entries">;

/** Follows the logs of one region, from where it was to their end. */
export class LogWatch {
  readonly #detector = new Detector();
  readonly #found: Finding[] = [];
  #next: Map<LogName, number> | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Reads what is new, and has each finding dealt with. At first: what was said in the last weeks,
   * for the baselines. One call at a time: an entry is counted once.
   *
   * @param settle Where it fails, the finding comes again with the next call.
   * @returns how many entries were read.
   */
  follow(
    { store, clock }: { readonly store: LogReader; readonly clock: Clock },
    settle: (finding: Finding) => Promise<void>,
  ): Promise<number> {
    const turn = this.#turn.then(async () => {
      const since = (clock.now() - LEARNED_DAYS * DAY_MS) as EpochMs;
      this.#next ??= await startsOf(store, since);
      const entries = await this.#read(store, this.#next);
      for (let first = this.#found[0]; first !== undefined; first = this.#found[0]) {
        await settle(first);
        this.#found.shift();
      }
      return entries;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #read(store: LogReader, next: Map<LogName, number>): Promise<number> {
    let entries = 0;
    for await (const { type, bytes } of inTime(store, next)) {
      entries += 1;
      const entry = WATCHED.has(type) ? tryReadEntry(bytes) : null;
      const observation = entry && observationOf(entry);
      if (observation) this.#found.push(...this.#detector.observe(observation));
    }
    return entries;
  }
}

async function startsOf(store: LogReader, since: EpochMs): Promise<Map<LogName, number>> {
  const starts = new Map<LogName, number>();
  for (const log of store.logs) starts.set(log, await firstAt(store, log, since));
  return starts;
}

/** By halves: times in a log rise, but for what processes wrote side by side. */
async function firstAt(store: LogReader, log: LogName, since: EpochMs): Promise<number> {
  let [low, high] = [0, (await store.head(log)).size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await store.entries(log, { from: middle, limit: 1 });
    if (entry === undefined || entry.ts >= since) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The entries of several logs in the order of their times, and how far each was read: an actor's
 * entries are in the logs of the people that they are about.
 */
async function* inTime(store: LogReader, next: Map<LogName, number>): AsyncGenerator<StoredEntry> {
  const heads: { log: LogName; stream: AsyncGenerator<StoredEntry>; entry: StoredEntry }[] = [];
  for (const [log, from] of next) {
    const stream = storedEntries(store, log, { from });
    const first = await stream.next();
    if (!first.done) heads.push({ log, stream, entry: first.value });
  }
  while (heads.length > 0) {
    const head = heads.reduce((first, one) => (one.entry.ts < first.entry.ts ? one : first));
    next.set(head.log, head.entry.index + 1);
    yield head.entry;
    const following = await head.stream.next();
    if (following.done) heads.splice(heads.indexOf(head), 1);
    else head.entry = following.value;
  }
}
