import { ENTRY_LOGS, type Draft, type GateCheck } from "#audit";
import { OubliError, LIMITS, type EpochMs, type SessionId, type Word } from "#kernel";
import { decide, refusalError, type CategoryId, type Permit, type Verb } from "#policy";

import type { KnownFacts } from "./facts.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** What a caller wants leave for. */
export interface Ask<V extends Verb> {
  readonly verb: V;
  readonly caller: Caller;
  /** What the caller gave; `null` for a right. */
  readonly purpose: string | null;
  readonly session: SessionId | null;
  readonly categories?: readonly CategoryId[];
}

/** Leave, and the facts that it rests on. */
export interface Admission<V extends Verb> {
  readonly permit: Permit<V>;
  readonly known: KnownFacts;
}

/**
 * Asks the policy for leave. A refusal is written to the audit log before it is thrown.
 *
 * @param known Facts read before, where several asks must rest on the same.
 * @throws {OubliError} the refusal's code; `AUDIT_UNAVAILABLE`.
 */
export async function admit<V extends Verb>(
  world: MemoryWorld,
  ask: Ask<V>,
  known?: KnownFacts,
): Promise<Admission<V>> {
  const { verb, caller, purpose } = ask;
  const facts = known ?? (await world.facts.read(caller.subject));
  if (verb !== "transfer") refuseBetweenRegions(facts);
  const decision = decideOn(world, ask, facts);
  if (decision.outcome === "permitted") return { permit: decision.permit, known: facts };

  const declared = purpose !== null && Object.hasOwn(world.policy.purposes, purpose);
  await world.audit.record(
    draft(world, ask, "deny", {
      decision: decision.outcome as Word,
      verb: verb as Verb & Word,
      guard: decision.guard,
      reason: decision.reason,
      // A purpose that is not declared is whatever the caller typed: it stays out of the log.
      purpose: declared ? (purpose as Word) : null,
    }),
  );
  throw refusalError(decision);
}

/**
 * {@link admit} for several asks on the same facts, for a call that appends with {@link checkOf}
 * before anything is released or stored. Its first try goes by the facts that this process read
 * last: one trip to the store less.
 *
 * Why it is safe: the append compares the gate and the policy with those of the facts. Where one
 * has moved, nothing comes of the call, and it starts again with facts that are read. A refusal is
 * given on those alone, since what refused may have been lifted; so is leave for an embedder
 * elsewhere, which the egress gate may refuse.
 *
 * @param tries How often the call has started again.
 */
export async function admitAhead<V extends Verb>(
  world: MemoryWorld,
  asks: readonly Ask<V>[],
  tries: number,
): Promise<Admission<V>[]> {
  const { subject } = asks[0]!.caller;
  const elsewhere = world.embedder?.processor !== undefined;
  const last = tries === 0 && !elsewhere ? world.facts.last(subject) : null;
  const ahead = last && leaveFor(world, asks, last);
  if (ahead) return ahead;
  const known = await world.facts.read(subject);
  const admissions: Admission<V>[] = [];
  for (const ask of asks) admissions.push(await admit(world, ask, known));
  return admissions;
}

/** Leave for all of it; `null` where one ask has none. */
function leaveFor<V extends Verb>(
  world: MemoryWorld,
  asks: readonly Ask<V>[],
  known: KnownFacts,
): Admission<V>[] | null {
  const admissions: Admission<V>[] = [];
  for (const ask of asks) {
    const decision = decideOn(world, ask, known);
    if (decision.outcome !== "permitted") return null;
    admissions.push({ permit: decision.permit, known });
  }
  return admissions;
}

function decideOn<V extends Verb>(
  { clock, policy }: MemoryWorld,
  { verb, caller: { actor, subject }, purpose, categories }: Ask<V>,
  { policyFacts }: KnownFacts,
) {
  const at = clock.now();
  const request = { verb, actor, subject, purpose, at, ...(categories ? { categories } : {}) };
  return decide(request, policyFacts, policy);
}

/**
 * Nobody uses a person who is on their way from one region to another: what was read could be of a
 * copy that is undone, and what was written could stay behind.
 *
 * @throws {OubliError} `CONFLICT` until they are there, or stay. Retryable.
 */
function refuseBetweenRegions({ facts: { pending } }: KnownFacts): void {
  const moving = pending.some(({ kind }) => kind === "transfer" || kind === "arrival");
  if (moving) throw new OubliError("CONFLICT");
}

/**
 * Asks for leave to write whatever the purpose may hold. For a call that names nodes: what it is
 * answered must not depend on them, or a refusal would tell of one that the caller may not see.
 * Those are for the caller to leave out, by `withheldBy`, as if they were missing.
 *
 * @throws {OubliError} as {@link admit}.
 */
export async function admitUnseen<V extends Verb>(
  world: MemoryWorld,
  ask: Omit<Ask<V>, "categories">,
): Promise<Admission<V>> {
  const { caller, purpose } = ask;
  const known = await world.facts.read(caller.subject);
  const { actor, subject } = caller;
  const reading = { verb: "recall", actor, subject, purpose, at: world.clock.now() } as const;
  const read = decide(reading, known.policyFacts, world.policy);
  // Where even reading is refused, so is the write, by the same guard.
  const categories = read.outcome === "permitted" ? read.permit.categories : [];
  return admit(world, { ...ask, categories } as Ask<V>, known);
}

/** An entry about this caller's call. A use outside a session gets the id of one of its own. */
export function draft(
  { region, ids }: MemoryWorld,
  { caller, session }: Pick<Ask<Verb>, "caller" | "session">,
  t: Draft["t"],
  facts: Draft["facts"],
): Draft {
  const { tenant, actor, subject } = caller;
  const used = session ?? (ENTRY_LOGS[t] === "access" ? ids.next("session") : null);
  return { t, tenant, region, actor, subject, ...(used ? { session: used } : {}), facts };
}

/**
 * What the append must find unchanged, for this leave to hold.
 *
 * @param change The change number of what is released, where nobody asked whether it still is.
 */
export function checkOf(
  { permit }: Admission<Verb>,
  expires: EpochMs | null,
  change?: number,
): GateCheck {
  const { subject, gateSeq: seq, policySeq, notAfter } = permit;
  const earliest = [notAfter, expires].filter((at) => at !== null);
  return {
    subject,
    seq,
    policySeq,
    ...(change === undefined ? {} : { change }),
    notAfter: earliest.length === 0 ? null : (Math.min(...earliest) as EpochMs),
  };
}

/**
 * Runs a call until its gate stood still: an act that came between makes it start again.
 *
 * @throws {OubliError} `CONFLICT` when it moved three times. Retryable.
 */
export async function untilUnmoved<T>(
  attempt: (tries: number) => Promise<T | "stale">,
): Promise<T> {
  for (let tries = 0; tries < LIMITS.recallTriesMax; tries += 1) {
    const result = await attempt(tries);
    if (result !== "stale") return result;
  }
  throw new OubliError("CONFLICT");
}

/** Tries of a write before it gives up: some tenths of a second beside a busy subject. */
const WRITE_TRIES_MAX = 60;
const WRITE_PAUSE_MS = 8;

/**
 * As {@link untilUnmoved}, for what writes: it keeps trying, in jittered steps.
 *
 * @throws {OubliError} `CONFLICT` when it never got its turn. Retryable.
 */
export async function untilDone<T>(attempt: (tries: number) => Promise<T | "stale">): Promise<T> {
  for (let tries = 0; tries < WRITE_TRIES_MAX; tries += 1) {
    const result = await attempt(tries);
    if (result !== "stale") return result;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * WRITE_PAUSE_MS));
  }
  throw new OubliError("CONFLICT");
}
