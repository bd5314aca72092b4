import { isCode, word, type Actor, type Word } from "#kernel";

import { openChannel } from "./channel.ts";
import { deadlineOf, inTime } from "./deadline.ts";
import { causeOf, Malformed, UNREGISTERED } from "./failure.ts";
import { knownSources, type KnownSource } from "./known.ts";
import type { Identity, Source, SourceItem } from "./source.ts";
import { openTurnstile, type Turnstile } from "./turnstile.ts";
import type { SourcesWorld } from "./world.ts";

export interface GatherOptions {
  readonly tenant: Word;
  readonly actor: Actor;
  /** Names the gathering to the sources: the same over its retries. */
  readonly request: string;
  /** Ends the gathering. */
  readonly signal?: AbortSignal;
  /** How many sources are read at once. Default: 4. */
  readonly concurrency?: number;
}

export interface SectionOutcome {
  readonly source: Word;
  readonly complete: boolean;
  readonly items: number;
  /** A code, where it is not complete. */
  readonly error: Word | null;
}

/** What one source has of a person. */
export interface Section {
  readonly source: Word;
  /** Ends where the source ends or fails; it throws nothing of the source's. */
  readonly items: AsyncIterable<SourceItem>;
  /** Known at the end of the items, and in the ledger by then. */
  readonly outcome: Promise<SectionOutcome>;
}

export interface Gathering {
  /** One a source, by name. Read them one behind the other, or side by side. */
  readonly sections: readonly Section[];
  /** Resolves when every section was read to its end; incomplete when one of them is. */
  outcome(): Promise<{
    readonly complete: boolean;
    readonly sections: readonly SectionOutcome[];
  }>;
}

const AT_ONCE = 4;

/** Items of one source that wait for their reader. */
const WAITING_MAX = 64;

/**
 * Asks every source of the person's region what it has of them, all at once and each with a time
 * for every item. One that fails ends its own section and no other's.
 *
 * @source GDPR Art. 15(1), 15(3)
 */
export function gatherExport(
  world: SourcesWorld,
  who: Identity,
  options: GatherOptions,
): Gathering {
  const turnstile = openTurnstile(options.concurrency ?? AT_ONCE);
  const sections = knownSources(world, options.tenant)
    .filter(({ can }) => can.export)
    .map((known) => sectionOf(world, known, { who, turnstile, ...options }));
  return {
    sections,
    async outcome() {
      const outcomes = await Promise.all(sections.map(({ outcome }) => outcome));
      return { complete: outcomes.every(({ complete }) => complete), sections: outcomes };
    },
  };
}

interface Asked extends GatherOptions {
  readonly who: Identity;
  readonly turnstile: Turnstile;
}

function sectionOf(world: SourcesWorld, { name, source }: KnownSource, asked: Asked): Section {
  const channel = openChannel<SourceItem>(WAITING_MAX);
  const work = async (): Promise<SectionOutcome> => {
    let items = 0;
    let error = source === null ? UNREGISTERED : unnamed(asked.who);
    // Who reads it now is not kept waiting for sections that nobody has begun to read.
    const leave = await asked.turnstile.enter(channel.read);
    try {
      if (source !== null && error === null) {
        for await (const item of itemsOf(source, asked)) {
          if (!(await channel.put(item))) throw new Abandoned();
          items += 1;
        }
      }
    } catch (thrown) {
      error = thrown instanceof Abandoned ? word("abandoned") : causeOf(thrown);
    } finally {
      leave();
    }
    const outcome = { source: name, complete: error === null, items, error };
    try {
      await record(world, asked, outcome);
    } finally {
      channel.end();
    }
    return outcome;
  };
  const outcome = work();
  outcome.catch(() => {}); // It is met by whoever awaits it.
  return { source: name, items: channel, outcome };
}

/** An empty name could lead to the rows of everybody who has none. */
function unnamed({ externalId }: Identity): Word | null {
  return externalId === "" ? word("identity-missing") : null;
}

/** Nobody reads it any more. */
class Abandoned extends Error {
  override readonly name = "Abandoned";
}

/** A source's items, each within its time; the time in which nobody reads is not counted. */
async function* itemsOf(
  source: Source,
  { who, request, signal: outer }: Asked,
): AsyncGenerator<SourceItem> {
  const ending = new AbortController();
  const signal = outer ? AbortSignal.any([outer, ending.signal]) : ending.signal;
  const items = source.export!(who, { request, signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inTime(deadlineOf(source), () => items.next(), outer);
      if (next.done) return;
      if (!isItem(next.value)) throw new Malformed();
      yield next.value;
    }
  } finally {
    ending.abort();
    // One that hangs would hang here, too: nobody waits for its end.
    void items.return?.().catch(() => {});
  }
}

const TEXT_MAX = 512;

function isItem(item: unknown): item is SourceItem {
  if (typeof item !== "object" || item === null) return false;
  const { collection, id, category, data } = item as Partial<SourceItem>;
  const named = [collection, id].every(
    (text) => typeof text === "string" && text !== "" && text.length <= TEXT_MAX,
  );
  return named && isCode(category) && typeof data === "object" && data !== null;
}

async function record(
  { audit, region }: SourcesWorld,
  { tenant, actor, who }: Asked,
  { source, complete, items, error }: SectionOutcome,
): Promise<void> {
  await audit.record({
    t: "source.exported",
    tenant,
    region,
    actor,
    subject: who.subject,
    facts: { source, complete, items, ...(error === null ? {} : { error }) },
  });
}
