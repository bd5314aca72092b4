import { isOubliError, OubliError, word, type ErasureId, type ErrorCode } from "#kernel";
import { admit, type Caller } from "#memory";
import {
  abandonTargets,
  askPreChecks,
  begunTargets,
  exclusively,
  isHeld,
  knownSources,
  needsOf,
  openTargets,
  refuseBlocked,
  reportOf,
  runTargets,
  targetsReport,
  type TargetsCase,
  type TargetsOrder,
  type TargetsReport,
} from "#sources";

import { certify, type Certificate } from "./certificate.ts";
import type { EraseCall } from "./erase.ts";
import type { ErasureWorld } from "./world.ts";

/** How far an erasure has come in the other systems. */
export interface ErasedTargets extends TargetsReport {
  /** Proof that all of them are done; `null` until they are. */
  readonly certificate: Certificate | null;
}

const NOTHING: TargetsOrder = { identifiers: {}, anonymise: [] };

/**
 * What comes before an erasure where other systems hold the person: leave, every pre-check, and
 * their name kept, sealed.
 *
 * @throws {OubliError} `ERASURE_BLOCKED`
 */
export async function prepareTargets(
  world: ErasureWorld,
  { caller, reason, targets = NOTHING, deferred = false }: EraseCall,
  erasure: ErasureId,
): Promise<TargetsCase | null> {
  const alone = knownSources(world, caller.tenant).length === 0 && world.preChecks.size === 0;
  if (alone && targets.anonymise.length === 0) return null;
  await admit(world, { verb: "erase", caller, purpose: null, session: null });
  const { subject, actor } = caller;
  // What goes on by itself has nobody to ask: its names are given to its open case.
  if (actor.kind !== "system") refuseUnnamed(world, caller, targets);
  const externalId = await world.keyring.externalIdOf(subject);
  refuseBlocked(await askPreChecks(world.preChecks, { subject, externalId, reason }));
  const begun = deferred ? await begunTargets(world, caller) : null;
  return begun ?? openTargets(world, { ...caller, ...targets, erasure });
}

/**
 * Refuses what would destroy everything here and then wait for ever on a system that cannot find
 * the person by the names that were given.
 */
function refuseUnnamed(
  world: ErasureWorld,
  { tenant }: Caller,
  { identifiers }: TargetsOrder,
): void {
  const missing = needsOf(world, tenant).filter(
    ({ identifier }) => !Object.hasOwn(identifiers, identifier),
  );
  if (missing.length === 0) return;
  throw new OubliError("ERASURE_BLOCKED", {
    checks: missing.map(({ source }) => source),
    codes: missing.map(() => word("identifier-missing")),
    grounds: missing.map(({ identifier }) => identifier),
  });
}

/** An intent that was refused, and not one whose fate is unknown: that one may stand. */
const REFUSALS: readonly ErrorCode[] = [
  "ZERO_SCOPE",
  "HELD",
  "CONFLICT",
  "SUBJECT_ERASED",
  "POLICY_REFUSED",
  "NOT_FOUND",
];

/** Lets go of the person's name where their erasure was refused; the refusal is what is told. */
export async function giveUpTargets(
  world: ErasureWorld,
  caller: Caller,
  {
    targets,
    erasure,
    error,
  }: {
    readonly targets: TargetsCase | null;
    readonly erasure: ErasureId;
    readonly error: unknown;
  },
): Promise<never> {
  // One that an earlier erasure began is not this one's to give up.
  const own = targets !== null && reportOf(world, targets).erasure === erasure;
  const refused = own && REFUSALS.some((code) => isOubliError(error, code));
  // One that stays ends by itself.
  if (refused) await abandonTargets(world, targets, caller).catch(() => {});
  throw error;
}

/**
 * Asks the other systems once. Whatever fails here is tried again by whoever sweeps: the person is
 * erased, and their certificate is owed.
 */
export async function askTargets(
  world: ErasureWorld,
  caller: Caller,
  row: TargetsCase,
): Promise<ErasedTargets> {
  const which = { tenant: row.tenant, id: row.id };
  try {
    const held = await isHeld(world, caller.subject);
    const run = (): Promise<TargetsCase> => runTargets(world, row, caller);
    const done = held ? null : await exclusively(world, row.id, run);
    const report = done === null ? reportOf(world, row) : reportOf(world, done);
    return await withCertificate(world, report);
  } catch (error) {
    if (!isOubliError(error)) throw error;
    const report = await targetsReport(world, which).catch(() => reportOf(world, row));
    return { ...report, certificate: null };
  }
}

/** A report, and the proof of it once all is done. */
export async function withCertificate(
  world: ErasureWorld,
  report: TargetsReport,
): Promise<ErasedTargets> {
  const { settledIndex } = report;
  const certificate = settledIndex === null ? null : await certify(world, settledIndex);
  return { ...report, certificate };
}
