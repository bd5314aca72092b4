import type { Append, Appended, GateCheck, LogName } from "#audit";
import { word, type EpochMs, type SubjectId } from "#kernel";

import { onlyRow } from "../audit-json.ts";
import { extend, type Expected } from "./append-statement.ts";
import { effectCalls, subjectOf } from "./audit-effects.ts";
import { asHead, lockHeads, type HeadRow, type LockedHead } from "./audit-log-statements.ts";
import type { ChangeCompare } from "./change-compare.ts";
import { EVERY_SUBJECT, type Call, type Database, type Transaction } from "./database.ts";
import { readGate } from "./gate-statements.ts";
import type { LeaseTimes } from "./lease-time.ts";
import { isBroken } from "./transaction.ts";

/** How long after meeting another writer at a head the next append locks it first. */
const SHARED_MS = 200;

/**
 * Appends batches.
 *
 * Most batches only use memories: entries of one log that change nothing else. Such a batch guesses
 * that nothing moved and is one statement in one round trip, computed from the head that this
 * process saw last. Where the guess fails nothing was written, and the batch is done again under
 * locks. So is a batch with effects.
 */
export function createAppend(
  database: Database,
  logs: readonly LogName[],
  times: LeaseTimes,
  compare: ChangeCompare | null,
) {
  const known = new Map<LogName, LockedHead>();
  const sharedAt = new Map<LogName, number>();

  async function guess(
    batch: readonly Append[],
    now: EpochMs,
    moved: ReadonlySet<Append> = new Set(),
  ): Promise<Appended[] | null> {
    const log = batch[0]!.log;
    const head = known.get(log);
    const expected = expectedBy(batch);
    const shared = performance.now() - (sharedAt.get(log) ?? -Infinity) < SHARED_MS;
    if (!head || !expected || shared) return null;
    const live = batch.map((item) => !isOver(item.check, now) && !moved.has(item));
    const items = batch.filter((_, at) => live[at]);
    if (items.length === 0) return batch.map(() => ({ status: "stale" }));
    const entries = items.flatMap((item) => item.entries);
    const changes = compare?.expected(items) ?? null;
    const { call, head: next } = extend(log, head, entries, { ...expected, changes });
    const read = compare?.read(items) ?? null;
    const carried = read === null ? carriedBy(batch) : [];
    const rows =
      read === null
        ? await database.write(EVERY_SUBJECT, [call, ...carried]).catch((error: unknown) => {
            // None of it was written. Who writes each part alone is told which of them fails.
            if (carried.length > 0 && !isBroken(error)) return null;
            throw error;
          })
        : await database.write(EVERY_SUBJECT, [read, call], compare!.memory);
    if (rows === null) return null;
    const answers = rows.splice(rows.length - carried.length);
    if (rows.at(-1)![0]!["added"] !== true) {
      // Whose set lacks what was written since is told so; the others try again without them.
      const behind = compare?.moved(items, rows.at(-2)?.[0]?.["changes"]);
      return behind?.size ? guess(batch, now, behind.union(moved)) : null;
    }
    known.set(log, { ...next, policySeq: head.policySeq });
    let size = head.size;
    return batch.map((item, at): Appended => {
      if (!live[at]) return { status: "stale" };
      const index = size;
      size += item.entries.length;
      return { status: "appended", index, ...(carried.length > 0 ? { answers } : {}) };
    });
  }

  async function locked(batch: readonly Append[], now: EpochMs): Promise<Appended[]> {
    const { outcomes, heads } = await database.transaction(EVERY_SUBJECT, (on) =>
      new LockedAppend(on, logs, times, compare).run(batch, now),
    );
    for (const [log, head] of heads) {
      const moved = known.has(log) && known.get(log)!.size < head.before.size;
      if (moved) sharedAt.set(log, performance.now());
      known.set(log, head.after);
    }
    return outcomes;
  }

  return async (batch: readonly Append[], now: EpochMs): Promise<readonly Appended[]> => {
    if (batch.length === 0) return [];
    return (await guess(batch, now)) ?? locked(batch, now);
  };
}

function isOver(check: GateCheck | null, now: EpochMs): boolean {
  return check !== null && check.notAfter !== null && check.notAfter <= now;
}

/** Of an item that is alone: no other one waits for it, or fails with it. */
function carriedBy(batch: readonly Append[]): readonly Call[] {
  return batch.length === 1 ? ((batch[0]!.carries?.calls ?? []) as readonly Call[]) : [];
}

/**
 * What the checks of a batch agree on, change numbers apart; `null` when they do not, or when it does
 * more than append.
 */
function expectedBy(batch: readonly Append[]): Omit<Expected, "changes"> | null {
  const gates = new Map<SubjectId, number>();
  let policySeq: number | null = null;
  for (const { log, check, effects } of batch) {
    if (log !== batch[0]!.log || effects.length > 0) return null;
    if (!check) continue;
    if ((gates.get(check.subject) ?? check.seq) !== check.seq) return null;
    if ((policySeq ?? check.policySeq) !== check.policySeq) return null;
    gates.set(check.subject, check.seq);
    policySeq = check.policySeq;
  }
  return { gates, policySeq };
}

interface HeadMove {
  readonly before: LockedHead;
  readonly after: LockedHead;
}

/**
 * A batch under locks: the gates of all its subjects, then the heads that it moves, each in order.
 * Nothing that it compares can change before its commit, but by its own effects: so what an effect
 * touched is read again before the next check of it.
 */
class LockedAppend {
  readonly #on: Transaction;
  readonly #logs: readonly LogName[];
  readonly #times: LeaseTimes;
  readonly #compare: ChangeCompare | null;
  #gates = new Map<SubjectId, number>();
  #policySeq = 0;
  #heads = new Map<LogName, HeadMove>();
  /** Written together at the commit, or before something they changed is read. */
  #calls: Call[] = [];
  readonly #touched = new Set<SubjectId | null>();
  #moved: ReadonlySet<Append> = new Set();

  constructor(
    on: Transaction,
    logs: readonly LogName[],
    times: LeaseTimes,
    compare: ChangeCompare | null,
  ) {
    this.#on = on;
    this.#logs = logs;
    this.#times = times;
    this.#compare = compare;
  }

  async run(
    batch: readonly Append[],
    now: EpochMs,
  ): Promise<{ outcomes: Appended[]; heads: ReadonlyMap<LogName, HeadMove> }> {
    await this.#lock(batch);
    const outcomes: Appended[] = [];
    for (const item of batch) outcomes.push(await this.#one(item, now));
    await this.#on.commitWith(this.#calls);
    return { outcomes, heads: this.#heads };
  }

  async #lock(batch: readonly Append[]): Promise<void> {
    const effects = batch.flatMap((item) => item.effects);
    const subjects = new Set<SubjectId>();
    for (const { check } of batch) if (check) subjects.add(check.subject);
    for (const subject of effects.map(subjectOf)) if (subject) subjects.add(subject);
    const policy = effects.some(({ kind }) => kind === "policy");
    const logs = policy ? this.#logs : [...new Set(batch.map(({ log }) => log))];
    const names = [...subjects].sort();
    const read = this.#compare?.read(batch) ?? null;
    const [, gates, heads, , changes] = await this.#on.queryAll([
      makeGates(names),
      lockGates(names),
      lockHeads(logs),
      ...(read ? [this.#compare!.takeMemory, read] : []),
    ]);
    if (this.#compare) this.#moved = this.#compare.moved(batch, changes?.[0]?.["changes"]);
    for (const row of gates as unknown as { subject_id: SubjectId; seq: number }[]) {
      this.#gates.set(row.subject_id, row.seq);
    }
    const rows = heads as unknown as HeadRow[];
    if (rows.length < logs.length) onlyRow(word("audit_head"), undefined);
    for (const row of rows) {
      const head = asHead(row);
      this.#heads.set(row.log_id, { before: head, after: head });
      this.#policySeq = head.policySeq;
    }
  }

  async #one(item: Append, now: EpochMs): Promise<Appended> {
    const { log, entries, check, effects } = item;
    if (this.#moved.has(item)) return { status: "stale" };
    if (check && !(await this.#isCurrent(check, now))) return { status: "stale" };
    const move = this.#heads.get(log)!;
    const { size: index, policySeq } = move.after;
    const { call, head } = extend(log, move.after, entries, NOTHING_EXPECTED);
    this.#heads.set(log, { ...move, after: { ...head, policySeq } });
    this.#calls.push(call);
    for (const effect of effects) {
      this.#calls.push(...effectCalls(effect, index, this.#times));
      this.#touched.add(subjectOf(effect));
    }
    return { status: "appended", index };
  }

  async #isCurrent(check: GateCheck, now: EpochMs): Promise<boolean> {
    if (isOver(check, now)) return false;
    if (this.#touched.has(check.subject) || this.#touched.has(null)) {
      await this.#readAgain(check.subject);
    }
    return this.#gates.get(check.subject) === check.seq && this.#policySeq === check.policySeq;
  }

  async #readAgain(subject: SubjectId): Promise<void> {
    const rows = await this.#on.queryAll([...this.#calls, readGate(subject)]);
    this.#calls = [];
    const gate = rows.at(-1)![0] as unknown as { seq: number; policySeq: number };
    this.#gates.set(subject, gate.seq);
    this.#policySeq = gate.policySeq;
    this.#touched.delete(subject);
  }
}

/** Under locks everything was compared already. */
const NOTHING_EXPECTED: Expected = { gates: new Map(), policySeq: null, changes: null };

/** A row that is not there cannot be locked. In order, since inserting one waits for others too. */
const makeGates = (subjects: readonly SubjectId[]): Call => ({
  text: `
    INSERT INTO subject_gate SELECT subject_id, 0, 0 FROM unnest($1::text[]) AS new (subject_id)
    ORDER BY subject_id ON CONFLICT DO NOTHING`,
  values: [subjects],
});

const lockGates = (subjects: readonly SubjectId[]): Call => ({
  text: `
    SELECT subject_id, seq FROM subject_gate WHERE subject_id = ANY($1::text[])
    ORDER BY subject_id FOR NO KEY UPDATE`,
  values: [subjects],
});
