import { OubliError, word } from "#kernel";

import type { Permit } from "./decision.ts";
import type { Guard } from "./guard.ts";
import type { Policy } from "./policy.ts";
import type { Verb } from "./verb.ts";

/** What a permit means for nodes. Kept beside it, so that no copy of a permit has one. */
export interface NodeFilter {
  readonly policy: Policy;
  /** `use`: by purpose, category and end. `shown`: by end alone. `all`: nothing is withheld. */
  readonly mode: "use" | "shown" | "all";
  readonly allowed: ReadonlySet<string>;
  /** Categories that the purpose names, and explicit consent would open. */
  readonly unconsented: ReadonlySet<string>;
  readonly guards: readonly Guard[];
}

type Fields<V extends Verb> = {
  readonly [Key in keyof Permit<V> as Key extends string ? Key : never]: Permit<V>[Key];
};

const filters = new WeakMap<object, NodeFilter>();

/** Makes a permit. Not at the door: only `decide` may call it. */
export function mint<V extends Verb>(fields: Fields<V>, filter: NodeFilter): Permit<V> {
  const actor = Object.freeze({ ...fields.actor, roles: Object.freeze([...fields.actor.roles]) });
  const permit = Object.freeze({ ...fields, actor }) as unknown as Permit<V>;
  filters.set(permit, filter);
  return permit;
}

/** @throws {OubliError} `POLICY_REFUSED` for an object that `decide` did not make. */
export function assertPermit(permit: Permit): void {
  filterOf(permit);
}

export function filterOf(permit: Permit): NodeFilter {
  const filter = filters.get(permit);
  if (filter === undefined) {
    throw new OubliError("POLICY_REFUSED", { reason: word("permit-not-minted") });
  }
  return filter;
}

/** The guards that applied, in order: from the configuration alone, whatever is stored. */
export function guardsFor(permit: Permit): readonly Guard[] {
  return filterOf(permit).guards;
}
