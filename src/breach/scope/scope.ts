import type { AuditStore } from "#audit";
import { OubliError, word, type EpochMs, type SubjectId, type Word } from "#kernel";

import { Gathered, type AffectedPerson } from "./affected.ts";
import { epochLife } from "./epoch-life.ts";
import { gatherHeld } from "./held.ts";
import { sizesOf, type LogSizes, type Seen } from "./log-scan.ts";
import type { ScopeQuestion } from "./question.ts";
import { gatherReleased } from "./released.ts";
import { EVERYBODY, partsOf, type Share } from "./share.ts";

/** People and items that are kept at once: some tens of megabytes. */
const ITEMS_MAX = 400_000;

/** Parts beside those that a pass's beginning speaks for: its end may bring more. */
const SPARE = 1.25;

/** Whom an incident reached, in numbers. */
export interface ScopeTotals {
  readonly people: number;
  /** Memories, each counted once. */
  readonly items: number;
  /** By category, as the log names them; an item of several counts in each. */
  readonly categories: readonly CategoryTotals[];
  /** Questions that were given to a processor; they are no memory. */
  readonly questions: number;
  /** Items that came from another region, whose own log lists them. */
  readonly unlisted: number;
  /** Entries that would have counted, and that retention has ended. */
  readonly pruned: number;
  /** Whether the log could still say all: nothing is unlisted or pruned. */
  readonly complete: boolean;
  /** How far the logs reached. */
  readonly asOf: readonly { readonly log: Word; readonly size: number }[];
}

export interface CategoryTotals {
  readonly category: Word;
  readonly people: number;
  readonly items: number;
}

/**
 * Everybody whom an incident reached, with their items: exactly what the log says, as it stood when
 * the call began.
 *
 * Streams. What is kept at once is bounded: where it would be more, the people are split in parts
 * by their ids' hashes, and the logs are read again for each.
 *
 * Cost: reads the logs from the beginning. Limits: entries that retention has ended are counted in
 * `seen.pruned`, and name no items any more.
 *
 * @throws {OubliError} `NOT_FOUND` for an actor, a session or an epoch that the log does not know.
 */
export async function* affectedPeople(
  store: AuditStore,
  asked: ScopeQuestion,
  options: ScopeOptions = {},
): AsyncGenerator<AffectedPerson> {
  const { seen = { pruned: 0, asked: false }, itemsMax = ITEMS_MAX } = options;
  const sizes = options.sizes ?? (await sizesOf(store));
  const question = await narrowed(store, asked, sizes);
  const gather = question.reach === "held" ? gatherHeld : gatherReleased;
  const shares: Share[] = [EVERYBODY];
  for (let share = shares.pop(); share !== undefined; share = shares.pop()) {
    const bound = partsOf(share, 2) === null ? Infinity : itemsMax;
    const pruned = seen.pruned;
    const gathered = await gather(store, question, { share, sizes, itemsMax: bound, seen });
    if (gathered instanceof Gathered) yield* gathered.people();
    else {
      seen.pruned = pruned; // Counted again, by the parts.
      shares.push(...partsOf(share, SPARE / gathered.after)!);
    }
  }
  if (options.known !== true) refuseUnknown(question, seen);
}

interface ScopeOptions {
  readonly seen?: Seen;
  readonly sizes?: LogSizes;
  readonly itemsMax?: number;
  /** Whether who is asked about is known to be somebody: then nobody is an answer. */
  readonly known?: boolean;
}

interface Counting extends Pick<ScopeOptions, "known"> {
  /** Is told of everybody who is counted. */
  readonly each?: (subject: SubjectId) => void;
}

/** Counts {@link affectedPeople}. */
export async function scopeTotals(
  store: AuditStore,
  question: ScopeQuestion,
  { known = false, each }: Counting = {},
): Promise<ScopeTotals> {
  const sizes = await sizesOf(store);
  const seen: Seen = { pruned: 0, asked: false };
  const totals = { people: 0, items: 0, questions: 0, unlisted: 0 };
  const categories = new Map<Word, { people: number; items: number }>();
  for await (const person of affectedPeople(store, question, { seen, sizes, known })) {
    each?.(person.subject);
    totals.people += 1;
    totals.items += person.items.length;
    totals.questions += person.questions;
    totals.unlisted += person.unlisted;
    for (const [category, items] of itemsByCategory(person)) {
      const of = categories.get(category) ?? { people: 0, items: 0 };
      categories.set(category, { people: of.people + 1, items: of.items + items });
    }
  }
  const { pruned } = seen;
  return {
    ...totals,
    categories: [...categories].sort(byName).map(([category, of]) => ({ category, ...of })),
    pruned,
    complete: pruned === 0 && totals.unlisted === 0,
    asOf: [...sizes].map(([log, size]) => ({ log: log as string as Word, size })),
  };
}

function itemsByCategory({ items }: AffectedPerson): ReadonlyMap<Word, number> {
  const counts = new Map<Word, number>();
  for (const { categories } of items) {
    for (const category of categories) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

function byName([left]: readonly [Word, unknown], [right]: readonly [Word, unknown]): number {
  return left < right ? -1 : Number(left > right);
}

/** A root key reaches no further than its own life. */
async function narrowed(
  store: AuditStore,
  question: ScopeQuestion,
  sizes: LogSizes,
): Promise<ScopeQuestion> {
  const { key, from, until } = question;
  if (key === null || !("epoch" in key)) return question;
  const life = await epochLife(store, sizes, key.epoch);
  return { ...question, from: latest(from, life.from), until: earliest(until, life.until) };
}

function latest(left: EpochMs | null, right: EpochMs | null): EpochMs | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}

function earliest(left: EpochMs | null, right: EpochMs | null): EpochMs | null {
  if (left === null || right === null) return left ?? right;
  return left < right ? left : right;
}

/** A mistyped name must not be answered with "nobody": what is asked for has to be in the log. */
function refuseUnknown({ actor, session, reach }: ScopeQuestion, { asked, pruned }: Seen): void {
  const named = actor !== null || session !== null;
  if (reach !== "released" || !named || asked || pruned > 0) return;
  throw new OubliError("NOT_FOUND", {
    field: word(actor === null ? "scope.session" : "scope.actor"),
    accepted: word("one that stands in the log of this region"),
  });
}
