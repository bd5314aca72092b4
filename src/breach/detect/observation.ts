import type { Entry, EntryType } from "#audit";
import type { EpochMs, SubjectId, Word } from "#kernel";

/** What detection sees of an entry. */
export interface Observation {
  readonly at: EpochMs;
  readonly tenant: Word;
  readonly actor: Word;
  readonly kind: "release" | "export" | "denial" | "credential";
  readonly person: SubjectId | null;
  /** Items that were given out. */
  readonly items: number;
}

const RELEASES: ReadonlySet<EntryType> = new Set(["retrieve", "disclose", "request.read"]);

/** What any rule looks at. */
export const WATCHED: ReadonlySet<EntryType> = new Set([...RELEASES, "export", "deny", "request"]);

/** Guards that refuse who asks, and not what is asked for: a credential that does not reach so far. */
const CREDENTIALS: ReadonlySet<unknown> = new Set(["role", "identity"]);

/**
 * An entry as an observation; `null` for what no rule looks at. What a person does with their own
 * memories, and what the product does of itself, is nobody's breach.
 */
export function observationOf(entry: Entry): Observation | null {
  const { actor, ts: at, tenant, subject: person } = entry;
  if (actor.kind === "subject" || actor.kind === "system") return null;
  const seen = { at, tenant, actor: actor.id, person };
  if (entry.t === "request") {
    return isWrongCode(entry) ? { ...seen, kind: "credential", items: 0 } : null;
  }
  if (entry.t === "deny") {
    const credential = CREDENTIALS.has(entry["guard"]);
    return { ...seen, kind: credential ? "credential" : "denial", items: 0 };
  }
  const items = (entry["nodes"] as readonly unknown[] | undefined)?.length ?? 0;
  if (entry.t === "export") return { ...seen, kind: "export", items };
  return RELEASES.has(entry.t) ? { ...seen, kind: "release", items } : null;
}

/** A try at a one-time code: the step that asks for another one says which code it is. */
function isWrongCode(entry: Entry): boolean {
  return typeof entry["attempts"] === "number" && entry["attempts"] > 0 && !("code" in entry);
}
