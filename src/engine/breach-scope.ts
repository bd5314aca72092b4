import {
  affectedPeople,
  questionOf,
  scopeTotals,
  type AffectedPerson,
  type ScopeFacts,
  type ScopeTotals,
} from "#breach";
import type { Acting, Word } from "#kernel";
import type { z } from "zod";

import { breachShapes as shapes } from "./input/breach-shapes.ts";
import { check, inputError } from "./input/index.ts";
import { OVERSEERS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";

/** A window, an actor, a session, a key or a region; all that is said has to hold. */
export type ScopeAsked = z.input<typeof shapes.scope>;

/** What the log says of an incident. For the privacy officer and the auditor. */
export interface ScopeFace {
  /** Whom and what it reached, exactly, in numbers. Nothing is written. */
  scope(asked: ScopeAsked): Promise<ScopeTotals>;
  /** The same, person by person, by their ids. */
  affected(asked: ScopeAsked): AsyncIterable<AffectedPerson>;
}

export function scopeFace(world: EngineWorld, who: Acting): ScopeFace {
  const { tenant } = who;
  const read = (verb: string) => refuseUnless(world, who, verb, OVERSEERS);
  return {
    async scope(asked) {
      const scope = scopeOf(world, check(shapes.scope, asked, "scope"), ["scope"]);
      await read("breach-scope");
      return scopeTotals(world.audit.store, questionOf(tenant, scope));
    },
    async *affected(asked) {
      const scope = scopeOf(world, check(shapes.scope, asked, "scope"), ["scope"]);
      await read("breach-scope");
      yield* affectedPeople(world.audit.store, questionOf(tenant, scope));
    },
  };
}

/** @throws {OubliError} `INPUT_INVALID` for a question that cannot be answered. */
export function scopeOf(
  { region: here, policy }: EngineWorld,
  asked: z.output<typeof shapes.scope>,
  path: readonly string[],
): ScopeFacts {
  const { from = null, until = null, actor = null, session = null, key, region } = asked;
  if (Object.values(asked).every((value) => value === undefined)) {
    throw inputError(path, asked, "from | until | actor | session | key | region");
  }
  if (region !== undefined && region !== here) {
    const accepted = Object.keys(policy.regions).includes(region) ? `${here}, or ask there` : here;
    throw inputError([...path, "region"], region, accepted);
  }
  if (from !== null && until !== null && until <= from) {
    throw inputError([...path, "until"], until, "later than from");
  }
  const named = actor !== null || session !== null;
  if (key !== undefined && named) {
    throw inputError([...path, "key"], key, "no key where an actor or a session is named");
  }
  return {
    from,
    until,
    actor: actor as string as Word | null,
    session,
    epoch: key && "epoch" in key ? key.epoch : null,
    subject: key && "subject" in key ? key.subject : null,
    held: key !== undefined || (region !== undefined && !named),
  };
}
