import { advance, loadCase } from "#cases";
import { OubliError, word, type Actor, type CaseId, type Word } from "#kernel";

import { causeOf, LYING } from "../failure.ts";
import { sourceOf } from "../known.ts";
import { RETURNED, whySpared } from "../returned.ts";
import type { SourcesWorld } from "../world.ts";
import { look, sum } from "./call-target.ts";
import { graceOf } from "./grace.ts";
import { NO_NAME } from "./rebuild.ts";
import { identityOf, isConfirmed } from "./run-targets.ts";
import { settle } from "./settle.ts";
import { isHeld, stageOf } from "./stage.ts";
import { asFacts, factsIn, type TargetsCase, type TargetsFile } from "./targets-case.ts";

export interface Confirmation {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly id: CaseId;
  readonly target: Word;
  readonly records: number;
}

/**
 * Takes a person's word that a target is done, where no function can say so. Where one can look, it
 * does: nobody's word stands against rows that are there. Nor before the erasure was executed here,
 * or under a hold: what it ends says that nothing is left.
 *
 * @throws {OubliError} `NOT_FOUND`; `CONFLICT` before the erasure; `HELD`; `SOURCE_FAILED` when the
 *   look found something, or could not be.
 */
export async function confirmTarget(
  world: SourcesWorld,
  { tenant, actor, id, target, records }: Confirmation,
): Promise<TargetsCase> {
  const row = await loadCase<TargetsFile>(world, { tenant, kind: "targets", id });
  const facts = factsIn(row);
  const state = facts.targets?.find((one) => one.target === target);
  const who = identityOf(row);
  if (state === undefined || who === null || isConfirmed(state)) throw new OubliError("NOT_FOUND");
  if ((await stageOf(world, row)) !== "executed") throw new OubliError("CONFLICT");
  if (await isHeld(world, who.subject)) throw new OubliError("HELD", { nodes: 0 });
  const source = sourceOf(world, tenant, target);
  let remaining: number | null = null;
  try {
    // What it would find of whoever registered anew is not the erased person's.
    const lookable = source !== undefined && who.externalId !== NO_NAME;
    const spared = lookable ? await whySpared(world, source, who) : null;
    remaining = lookable && spared !== RETURNED ? await look(source, who, id) : null;
  } catch (error) {
    throw new OubliError("SOURCE_FAILED", { source: target, reason: causeOf(error) });
  }
  if (remaining !== null && remaining > 0) {
    throw new OubliError("SOURCE_FAILED", { source: target, reason: LYING });
  }
  const confirmed = {
    ...state,
    state: "confirmed" as const,
    again: null,
    error: null,
    records: sum(state.records, records),
    verified: remaining !== null,
    manual: true,
  };
  const targets = facts.targets.map((one) => (one.target === target ? confirmed : one));
  const next = await advance(world, row, {
    actor,
    state: word("running"),
    dueAt: targets.every(isConfirmed) ? graceOf(world) : world.clock.now(),
    facts: asFacts({ ...facts, targets }),
    entry: {
      t: "target.done",
      facts: { target, records, verified: confirmed.verified, manual: true, collections: [] },
    },
  });
  return targets.every(isConfirmed) ? settle(world, next, actor) : next;
}
