import { inParts, loggedAt, type Draft, type GateCheck, type Loggable, type Logged } from "#audit";
import { isOubliError, OubliError, type EpochMs, type NodeId, type Word } from "#kernel";
import { assertPermit, processorOf, type CategoryId, type Permit, type PolicyFacts } from "#policy";

import { earliest } from "./contract.ts";
import { decideEgress, type EgressLeave } from "./decide-egress.ts";
import type { EgressWorld, Recipient } from "./world.ts";

/** One item that is given away. */
export interface DisclosedItem {
  /** `null`: a question, which is no memory. It may hold whatever its purpose may. */
  readonly id: NodeId | null;
  readonly revision: number;
  readonly categories: readonly CategoryId[];
  readonly special: boolean;
  readonly phi: boolean;
}

/** Content that is about to be given to a processor. */
export interface Disclosure {
  /** The processor's name in the configuration. */
  readonly processor: string;
  readonly from: Recipient;
  /** Leave for the use itself, one for each purpose. */
  readonly permits: readonly [Permit, ...Permit[]];
  /** What the permits were decided on. */
  readonly facts: PolicyFacts;
  readonly items: readonly DisclosedItem[];
  /** When the first of the items ends. */
  readonly expires: EpochMs | null;
}

export interface Sent<T> extends Logged {
  /** What the delivery answered. */
  readonly answer: T;
}

/**
 * Gives content to a processor: decided, then written down, then delivered. The only way out.
 *
 * Why it is safe: the entry is durable before `deliver` runs, and its append compares the gate
 * with the one the permits were decided under, as a recall's does. So what an erasure or a
 * withdrawal was acknowledged for is never given away after it. Where the process dies between,
 * the log names a disclosure that never was; never the other way round.
 *
 * @param deliver Sends the bytes. What it throws may hold content: it is kept out of the error.
 * @returns `"stale"` when the gate moved: nothing was delivered, the caller decides anew.
 * @throws {OubliError} the refusal's code; `AUDIT_UNAVAILABLE`: nothing was delivered;
 *   `SEND_FAILED`: it may have been, and counts as disclosed.
 * @source GDPR Art. 5(2), 19, 28(3), 44 · 45 CFR 164.502(e), 164.528
 */
export async function send<T>(
  world: EgressWorld,
  disclosure: Disclosure,
  deliver: () => T | Promise<T>,
): Promise<Sent<T> | "stale"> {
  const leave = await permitted(world, disclosure);
  const done = await world.audit.record(entriesOf(world, disclosure, leave), {
    check: checkOf(disclosure, leave),
  });
  if (done.status === "stale") return "stale";
  try {
    return { answer: await deliver(), ...loggedAt(done) };
  } catch (error) {
    await recordFailure(world, disclosure, leave, done.index);
    throw isOubliError(error) ? error : new OubliError("SEND_FAILED", {}, error);
  }
}

/** @throws {OubliError} the refusal, once it is in the log. */
async function permitted(world: EgressWorld, disclosure: Disclosure): Promise<EgressLeave> {
  const { processor, permits, facts, items, from } = disclosure;
  for (const permit of permits) assertUse(permit, disclosure);
  const { region, policy, clock } = world;
  const at = clock.now();
  const request = {
    processor,
    subject: from.subject,
    region,
    purposes: purposesOf(permits),
    categories: [...new Set(items.flatMap(({ categories }) => categories))],
    phi: items.some(({ phi }) => phi),
    transfer: await transferOf(world, disclosure, at),
    at,
  };
  const decision = decideEgress(request, facts, policy);
  if (decision.outcome === "permitted") return decision;
  await world.audit.record(
    draft(world, from, "deny", {
      decision: decision.outcome as Word,
      verb: permits[0].verb as Word,
      guard: decision.guard,
      reason: decision.reason,
      purpose: request.purposes[0]!,
      // A name that is not registered is whatever the caller typed: it stays out of the log.
      processor: processorOf(policy, processor) === null ? null : (processor as Word),
    }),
  );
  throw new OubliError(decision.code, decision.details);
}

/** Leave to use this subject's memories for a purpose. A right is the person's own: it shows, and shares nothing. */
function assertUse(permit: Permit, { from }: Disclosure): void {
  assertPermit(permit);
  if (permit.kind !== "use" || permit.subject !== from.subject) {
    throw new OubliError("POLICY_REFUSED");
  }
}

/** Looked for where one is needed. */
async function transferOf(
  { region, policy, transfers }: EgressWorld,
  { processor: name, from: { subject }, items }: Disclosure,
  at: EpochMs,
) {
  const processor = processorOf(policy, name);
  if (processor === null || processor.region === region) return null;
  const place = { from: region, to: processor.region, processor: name as Word };
  const categories = [...new Set(items.flatMap((item) => item.categories))];
  return transfers.find({ subject, ...place, categories, at });
}

function checkOf({ permits, expires }: Disclosure, leave: EgressLeave): GateCheck {
  const [{ subject, gateSeq: seq, policySeq }] = permits;
  const ends = permits.map(({ notAfter }) => notAfter);
  return { subject, seq, policySeq, notAfter: earliest([...ends, expires, leave.notAfter]) };
}

/** What was given to whom, on what ground: ids and words, never a byte of it. */
function entriesOf(
  world: EgressWorld,
  { permits, items, from }: Disclosure,
  { name, processor, phi, transfer }: EgressLeave,
): readonly Draft[] {
  const [permit] = permits;
  const nodes = items.filter(({ id }) => id !== null).map(itemFacts);
  const common = {
    verb: permit.verb as Word,
    processor: name,
    role: processor.role as Word,
    country: processor.country,
    contract: phi ? processor.baa!.document : processor.dpa.document,
    ...(transfer === null ? {} : { transfer: transfer.document }),
    purpose: permit.purpose,
    purposes: purposesOf(permits),
    basis: permit.basis as Word,
    decision: "permitted" as Word,
    categories: [...new Set(items.flatMap(({ categories }) => categories as readonly Word[]))],
    questions: items.length - nodes.length,
    policy: permit.policySeq,
    gate: permit.gateSeq,
  };
  return inParts(nodes).map((part) => draft(world, from, "disclose", { ...common, ...part }));
}

function itemFacts({ id, revision, categories, special, phi }: DisclosedItem) {
  const [category] = categories as readonly Word[];
  const several = categories.length > 1 ? { categories: categories as readonly Word[] } : {};
  return { ...several, category: category!, id, revision, special, ...(phi ? { phi } : {}) };
}

/**
 * A failed attempt counts as a disclosure, since bytes may have left before it failed. If this
 * entry cannot be written, the log says just that: it was disclosed.
 */
async function recordFailure(
  world: EgressWorld,
  { permits, from }: Disclosure,
  { name }: EgressLeave,
  of: number,
): Promise<void> {
  const [{ purpose, verb }] = permits;
  const facts = { verb: verb as Word, processor: name, purpose, of };
  try {
    await world.audit.record(draft(world, from, "disclose.failed", facts));
  } catch (error) {
    if (!isOubliError(error)) throw error;
  }
}

function purposesOf(permits: readonly Permit[]): readonly Word[] {
  return permits.map(({ purpose }) => purpose!);
}

function draft(
  { region }: EgressWorld,
  { tenant, actor, subject, session }: Recipient,
  t: Draft["t"],
  facts: { readonly [key: string]: Loggable | undefined },
): Draft {
  return { t, tenant, region, actor, subject, session, facts };
}
