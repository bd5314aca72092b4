import type { Act, Operation, SeenNode } from "./history.ts";

/** One memory, with everything that was done to it or to what it was made from. */
export interface Item {
  readonly subject: string;
  readonly purpose: string;
  /** The act that made it. */
  readonly made: Operation;
  /** `null` until somebody saw it: its maker died before the acknowledgement. */
  readonly id: string | null;
  /** Itself and all it was made from. */
  readonly line: readonly string[];
}

/** What a history says of each memory, by id and by the tokens of its texts. */
export interface Items {
  readonly all: readonly Item[];
  readonly byId: ReadonlyMap<string, Item>;
  /** Who gave a token to which memory: the act that made or corrected it. */
  given(token: string): { readonly item: Item; readonly by: Operation } | null;
}

const TOKEN = /t-[a-z0-9]+-[0-9]+/g;

/** Every text holds a token that no other text has; what is made of texts holds theirs, too. */
export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

export function itemsOf(operations: readonly Operation[]): Items {
  const seen = seenIds(operations);
  const all: Item[] = [];
  const byId = new Map<string, Item>();
  const given = new Map<string, { item: Item; by: Operation }>();
  // In the order of time: what something was made from is known before it.
  for (const made of operations.toSorted((left, right) => left.begun - right.begun)) {
    const { act } = made;
    if (act.kind !== "remember" && act.kind !== "derive") continue;
    const ids = made.outcome && "ok" in made.outcome ? made.outcome.ok.nodes : undefined;
    act.contents.forEach((token, at) => {
      const id = ids?.[at]?.id ?? seen.get(token) ?? null;
      const sources = act.kind === "derive" ? act.sources : [];
      const above = sources.flatMap((source) => byId.get(source)?.line ?? [source]);
      const line = [...(id === null ? [] : [id]), ...above];
      const item = { subject: act.subject, purpose: act.purpose, made, id, line };
      all.push(item);
      if (id !== null) byId.set(id, item);
      given.set(token, { item, by: made });
    });
  }
  for (const by of operations) {
    const item = by.act.kind === "correct" ? byId.get(by.act.node) : undefined;
    if (item && by.act.kind === "correct") given.set(by.act.content, { item, by });
  }
  return { all, byId, given: (token) => given.get(token) ?? null };
}

/** Which node was seen with a text; its first token is its own. */
function seenIds(operations: readonly Operation[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const { outcome } of operations) {
    if (outcome === null || "error" in outcome) continue;
    for (const { id, content } of outcome.ok.nodes ?? []) {
      const [own] = tokensOf(content);
      if (own !== undefined) ids.set(own, id);
    }
  }
  return ids;
}

export type Of<Kind extends Act["kind"]> = Operation & {
  readonly act: Extract<Act, { kind: Kind }>;
};

/** A subject's operations by kind. */
export interface ByKind {
  get<Kind extends Act["kind"]>(subject: string, kind: Kind): readonly Of<Kind>[];
}

export function byKind(operations: readonly Operation[]): ByKind {
  const found = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { act } = operation;
    if (!("subject" in act)) continue;
    const key = `${act.subject}/${act.kind}`;
    const of = found.get(key);
    if (of) of.push(operation);
    else found.set(key, [operation]);
  }
  return {
    get: <Kind extends Act["kind"]>(subject: string, kind: Kind) =>
      (found.get(`${subject}/${kind}`) ?? []) as Of<Kind>[],
  };
}

export function isAcknowledged({ outcome }: Operation): boolean {
  return outcome !== null && "ok" in outcome;
}

/** Refusals that say that nothing happened. After any other error, it may have. */
const NOTHING_HAPPENED: ReadonlySet<string> = new Set([
  "CONSENT_MISSING",
  "HELD",
  "KEY_SHREDDED",
  "NOT_FOUND",
  "SUBJECT_ERASED",
  "ZERO_SCOPE",
]);

export function mayHaveHappened({ outcome }: Operation): boolean {
  return outcome === null || "ok" in outcome || !NOTHING_HAPPENED.has(outcome.error);
}

export function answerOf({ outcome }: Operation) {
  return outcome !== null && "ok" in outcome ? outcome.ok : null;
}

export type { SeenNode };
