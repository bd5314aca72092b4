import type { Draft, Effect, RestrictionRow } from "#audit";
import { OubliError, type RestrictionId, type Word } from "#kernel";
import { assertPermit, assertDeclared, type Permit } from "#policy";

import type { ConsentWorld } from "./ledger.ts";

/**
 * Restricts processing to storage, for one purpose or for all, until it is lifted.
 *
 * @throws {OubliError} `PURPOSE_UNKNOWN`: a restriction of nothing would be found out too late.
 * @source GDPR Art. 18(1), (2)
 */
export async function restrict(
  world: ConsentWorld,
  permit: Permit<"restrict">,
  tenant: Word,
  {
    purpose,
    ground,
    id = world.ids.next("restriction"),
  }: { readonly purpose: Word | null; readonly ground: Word; readonly id?: RestrictionId },
): Promise<RestrictionRow | "stale"> {
  assertPermit(permit);
  if (purpose !== null) assertDeclared(world.policy, purpose);
  const { subject } = permit;
  const row = { subject, id, purpose, ground, since: world.clock.now() };
  const done = await recordAct(
    world,
    permit,
    tenant,
    "restrict",
    { restriction: id, purpose, ground, since: row.since },
    {
      kind: "restrict",
      row,
    },
  );
  return done === "stale" ? "stale" : row;
}

/**
 * Lifts a restriction. The person has to be told before.
 *
 * @throws {OubliError} `NOT_FOUND`.
 * @source GDPR Art. 18(3)
 */
export async function lift(
  world: ConsentWorld,
  permit: Permit<"lift">,
  tenant: Word,
  id: RestrictionId,
): Promise<"lifted" | "stale"> {
  assertPermit(permit);
  const { subject } = permit;
  const { restrictions } = await world.audit.store.facts(subject);
  if (!restrictions.some((row) => row.id === id)) throw new OubliError("NOT_FOUND");
  const done = await recordAct(
    world,
    permit,
    tenant,
    "restrict.lift",
    { restriction: id },
    {
      kind: "restrict.lift",
      subject,
      id,
    },
  );
  return done === "stale" ? "stale" : "lifted";
}

async function recordAct(
  world: ConsentWorld,
  { subject, actor, gateSeq: seq, policySeq }: Permit,
  tenant: Word,
  t: "restrict" | "restrict.lift",
  facts: Draft["facts"],
  effect: Effect,
): Promise<"done" | "stale"> {
  const entry = {
    t,
    tenant,
    region: world.region,
    actor,
    subject,
    facts: { ...facts, gate: seq + 1 },
  };
  const done = await world.audit.record(entry, {
    check: { subject, seq, policySeq, notAfter: null },
    effects: [effect, { kind: "gate", subject, pending: 0 }],
  });
  return done.status === "stale" ? "stale" : "done";
}
