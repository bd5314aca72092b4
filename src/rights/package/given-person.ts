import type { SourcesWorld } from "#sources";
import type { EpochMs, SessionId, Word } from "#kernel";
import type { Caller, MemoryWorld } from "#memory";

import { banOf, type Ban } from "./never-returned.ts";
import { nameKey } from "./withhold.ts";

/** Everything that a package is made with. */
export type PackageWorld = MemoryWorld & SourcesWorld;

/** Where a person came from, if they were transferred. @source GDPR Art. 15(2) */
export interface CameFrom {
  readonly at: EpochMs;
  readonly from: Word;
  readonly mechanism: Word;
  readonly document: Word;
  /** Whether what came with them is lost. */
  readonly lost: boolean;
}

export interface PackageCall {
  readonly caller: Caller;
  /** Further names that other systems know the person by, such as `email`. */
  readonly identifiers?: Readonly<Record<string, string>> | undefined;
  /** Names that the person goes by: what was said under another is somebody else's. */
  readonly names?: readonly string[] | undefined;
  /** Names the gathering to the sources: the same over its retries. */
  readonly request: string;
  readonly cameFrom?: CameFrom | null;
  readonly signal?: AbortSignal | undefined;
}

/** What the sections share while one package is made: numbers in the place of internal ids. */
export interface Given {
  readonly externalId: string | null;
  readonly names: ReadonlySet<string>;
  readonly ban: Ban;
  /** A conversation's number within this package. */
  conversation(session: SessionId | null): number | null;
  /** A member of staff's number within this package. */
  staff(id: string): number;
  /** How many memories each category and each purpose has. */
  readonly tally: {
    readonly categories: Map<string, number>;
    readonly purposes: Map<string, number>;
  };
}

export async function givenTo(
  { keyring, policy }: PackageWorld,
  { caller, names = [], identifiers = {} }: PackageCall,
): Promise<Given> {
  const externalId = await keyring.externalIdOf(caller.subject);
  const own = [
    ...names,
    // An empty one says that they have none: it is nobody's name.
    ...Object.values(identifiers).filter((name) => name !== ""),
    ...(externalId === null ? [] : [externalId]),
  ];
  const conversations = numbered();
  return {
    externalId,
    names: new Set(own.map(nameKey)),
    ban: banOf(policy),
    conversation: (session) => (session === null ? null : conversations(session)),
    staff: numbered(),
    tally: { categories: new Map(), purposes: new Map() },
  };
}

/** Numbers in the order in which they are first asked for. */
function numbered(): (id: string) => number {
  const numbers = new Map<string, number>();
  return (id) => {
    const number = numbers.get(id) ?? numbers.size + 1;
    numbers.set(id, number);
    return number;
  };
}

/** One more of each. */
export function add(counts: Map<string, number>, names: readonly string[]): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** A time as every record of a package writes it. */
export function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

export function isoOrNull(at: EpochMs | null): string | null {
  return at === null ? null : iso(at);
}
