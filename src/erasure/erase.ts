import type { ErasureRow } from "#audit";
import { OubliError, type ErasureId, type NodeId, type Word } from "#kernel";
import { admit, type Caller, type KnownFacts } from "#memory";
import {
  askPreChecks,
  knownSources,
  needsOf,
  type Block,
  type Need,
  type TargetsOrder,
} from "#sources";

import { carryOut } from "./carry-out.ts";
import { certify, type Certificate } from "./certificate.ts";
import { askTargets, giveUpTargets, prepareTargets } from "./erase-targets.ts";
import { heldNodes } from "./holds.ts";
import { writeIntent } from "./intent.ts";
import { keptBy } from "./kept-by.ts";
import { deferHeld } from "./plan.ts";
import type { ErasureWorld } from "./world.ts";

export interface EraseCall {
  readonly caller: Caller;
  readonly reason: Word;
  /** What it says of other systems that hold the person. */
  readonly targets?: TargetsOrder;
  /** It is what a hold kept of an earlier erasure: other systems go on under the case of that one. */
  readonly deferred?: boolean;
}

/** What an `erase` would do. Nothing was written. */
export interface ErasePlan {
  readonly nodes: number;
  readonly derived: number;
  /** Memories that a hold keeps. */
  readonly held: number;
  /** Other systems that it would go to; absent where there are none. */
  readonly targets?: readonly Word[];
  /** Names that it has to be given for them, such as `email`; absent where there are none. */
  readonly needs?: readonly Need[];
  /** The application's own checks that stand in its way; absent where none does. */
  readonly blocks?: readonly Block[];
}

/**
 * Erases a subject: every memory, everything made from them, and the directory's row; then what
 * other systems hold of them.
 *
 * Cost: two commits until nothing can be read, whatever the number of memories; then the rows,
 * in batches. With a hold on any memory it takes the longer path: keys are destroyed one by one.
 *
 * @source GDPR Art. 17(1); CCPA Civ. Code 1798.105(c)
 */
export async function erase(world: ErasureWorld, call: EraseCall): Promise<Certificate> {
  const { caller } = call;
  const id = world.ids.next("erasure");
  const targets = await prepareTargets(world, call, id);
  const job = await intendErase(world, call, id).catch((error: unknown) =>
    giveUpTargets(world, caller, { targets, erasure: id, error }),
  );
  const { executedIndex } = await carryOut(world, caller, job);
  const certificate = await certify(world, executedIndex);
  if (targets === null) return certificate;
  return { ...certificate, targets: await askTargets(world, caller, targets) };
}

function intendErase(world: ErasureWorld, call: EraseCall, id: ErasureId): Promise<ErasureRow> {
  const { caller, reason } = call;
  return world.turns.take(caller.subject, async () => {
    const admission = await admit(world, { verb: "erase", caller, purpose: null, session: null });
    await refuseSecond(world, caller, admission.known);
    const { holds } = admission.known.facts;
    const kept = await heldNodes(world, caller.subject, holds);
    const held = kept.map(({ node }) => node);
    refuseHeldPerson(admission.known, held);
    const plan = {
      id,
      kind: "erase" as const,
      reason,
      nodes: null,
      held,
      remake: [],
      keptBy: keptBy(holds, kept),
      // There may be very many: they are fenced before their rows go.
      fences: [],
    };
    const deferred = deferHeld(world, caller, { reason, held }, "subject");
    return writeIntent(world, caller, admission, plan, deferred);
  });
}

/** A person who was erased can be erased again only if something was kept: by a hold, say. */
async function refuseSecond(
  { store, keyring }: ErasureWorld,
  { subject }: Caller,
  { facts }: KnownFacts,
): Promise<void> {
  if (!facts.erased) return;
  if (facts.pending.some(({ nodes }) => nodes === null)) throw new OubliError("CONFLICT");
  const rows = Object.values(await store.count(subject)).some((count) => count > 0);
  const named = (await keyring.externalIdOf(subject)) !== null;
  const keyed = (await keyring.tenantOf(subject)) !== null;
  if (!rows && !named && !keyed) throw new OubliError("ZERO_SCOPE");
}

/** A hold on the whole person keeps their name and key, too, where there is no memory to keep. */
function refuseHeldPerson({ facts }: KnownFacts, held: readonly NodeId[]): void {
  const whole = facts.holds.some(
    ({ nodes, category, purpose }) => nodes === null && category === null && purpose === null,
  );
  if (whole && held.length === 0) throw new OubliError("HELD", { nodes: 0 });
}

/** Counts what an erasure would destroy. */
export async function planErase(
  world: ErasureWorld,
  { caller, reason }: EraseCall,
): Promise<ErasePlan> {
  const { subject, tenant } = caller;
  const known = await world.facts.read(subject);
  const held = await heldNodes(world, subject, known.facts.holds);
  const { memory, derived, block, edge } = await world.store.count(subject);
  const targets = knownSources(world, tenant)
    .filter(({ can }) => can.erase || can.anonymise)
    .map(({ name }) => name);
  const needs = needsOf(world, tenant);
  const externalId = await world.keyring.externalIdOf(subject);
  const blocks = await askPreChecks(world.preChecks, { subject, externalId, reason });
  return {
    nodes: memory,
    derived: derived + block + edge,
    held: held.length,
    ...(targets.length === 0 ? {} : { targets }),
    ...(needs.length === 0 ? {} : { needs }),
    ...(blocks.length === 0 ? {} : { blocks }),
  };
}
