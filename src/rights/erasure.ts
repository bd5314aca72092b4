import type { Entry } from "#audit";
import { allCases } from "#cases";
import { erase } from "#erasure";
import {
  isOubliError,
  type OubliError,
  MINUTE_MS,
  later,
  word,
  type EpochMs,
  type ErasureId,
  type SubjectId,
  type Word,
} from "#kernel";
import type { Caller } from "#memory";
import { addDuration, parseDuration } from "#policy";
import {
  askPreChecks,
  isHeld,
  knownSources,
  nameTargets,
  reportOf,
  resumeNow,
  type TargetsReport,
} from "#sources";

import { lastErasure, MOVED } from "./erased.ts";
import { codes, say, type Said } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import { factsOf, type Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";
import { completely, waiting, type Executed, type RightRoom } from "./right.ts";

/**
 * Erased here, and in every other system. It is not complete before they are.
 *
 * @source GDPR Art. 17, 19 · Cal. Civ. Code 1798.105 · 11 CCR 7022
 */
export const erasure: RightRoom = {
  needsProof: true,
  async execute(world, caller, request) {
    const executed = await erasedHere(world, caller, request);
    if ("status" in executed) return executed;
    const { entry } = executed;
    await nameOpen(world, caller, request, entry["erasure"] as Word);
    const report = await targetsOf(world, caller, entry["erasure"] as Word);
    const done = { erasure: entry["erasure"] as never };
    if (report && !report.complete) {
      return waiting(await waitsFor(world, caller, report), world.clock.now(), done);
    }
    return answered(world, caller, request, entry, report);
  },
  /** The systems are asked by themselves; here it is only looked whether they are done. */
  async isReady(world, caller, request) {
    const id = request.file?.done.erasure;
    // A check or a hold is somebody's to settle; another act on the person ends by itself.
    if (id === undefined) return factsOf(request).waitingFor.includes(ACT_UNDER_WAY);
    const { waitingFor } = factsOf(request);
    if (waitingFor.includes(word("failed"))) return false;
    if (waitingFor.includes(HOLD) && !(await isHeld(world, caller.subject))) return true;
    const report = await targetsOf(world, caller, id);
    return report === null || report.complete;
  },
};

/** What stands in the way of an erasure, by the application's own checks. */
export async function blocksOf(world: RightsWorld, caller: Caller, request: Request) {
  return askPreChecks(world.preChecks, {
    subject: caller.subject,
    externalId: request.file?.externalId || null,
    reason: word("subject-request"),
  });
}

/** The erasure's last entry: of this call, or of one that a crash cut short, or of an earlier one. */
async function erasedHere(
  world: RightsWorld,
  caller: Caller,
  request: Request,
): Promise<{ readonly entry: Entry } | Executed> {
  const earlier = await lastErasure(world, caller.subject);
  if (earlier?.["transfer"] !== undefined) return waiting([MOVED]);
  if (earlier !== null) return { entry: earlier };
  try {
    const { identifiers = {} } = request.file ?? {};
    const targets = { identifiers, anonymise: [] };
    const { entry } = await erase(world, { caller, reason: word("subject-request"), targets });
    return { entry };
  } catch (error) {
    const again = later(world.clock.now(), MINUTE_MS);
    if (isOubliError(error, "HELD")) return waiting([HOLD]);
    if (isOubliError(error, "ERASURE_BLOCKED")) return waiting(blockedBy(error.details));
    if (isOubliError(error, "CONFLICT")) return waiting([ACT_UNDER_WAY], again);
    throw error;
  }
}

/** Each system before what it lacks; the application's own checks were asked, and named, before. */
function blockedBy({ checks, codes }: OubliError["details"]): readonly Word[] {
  if (!Array.isArray(codes) || !codes.includes(MISSING)) return [word("pre-check")];
  return [...new Set([...(checks as readonly Word[]), MISSING])];
}

/** A hold on the whole person; or the systems that are not done, and that a name is what they lack. */
async function waitsFor(
  world: RightsWorld,
  { subject }: Caller,
  { targets }: TargetsReport,
): Promise<readonly Word[]> {
  if (await isHeld(world, subject)) return [HOLD];
  const open = targets.filter(({ success }) => !success);
  const unnamed = open.some(({ error }) => error === MISSING);
  return [...open.map(({ target }) => target), ...(unnamed ? [MISSING] : [])];
}

/** The request's names reach an erasure that was begun without them, and what lacked them is asked. */
async function nameOpen(
  world: RightsWorld,
  caller: Caller,
  { file }: Request,
  erasureId: Word,
): Promise<void> {
  const { tenant, actor } = caller;
  const { identifiers = {} } = file ?? {};
  if (Object.keys(identifiers).length === 0) return;
  const report = await targetsOf(world, caller, erasureId);
  if (!report?.targets.some(({ error }) => error === MISSING)) return;
  await nameTargets(world, { tenant, actor, id: report.case, identifiers });
  await resumeNow(world, { tenant, id: report.case });
}

const HOLD = word("hold");
const MISSING = word("identifier-missing");
const ACT_UNDER_WAY = word("act-under-way");

async function targetsOf(
  world: RightsWorld,
  { tenant, subject }: Caller,
  erasureId: string,
): Promise<TargetsReport | null> {
  for await (const row of allCases(world, { tenant, kind: "targets", subject })) {
    if (row.facts["erasure"] === erasureId) return reportOf(world, row);
  }
  return null;
}

type Kept = { readonly reason: Word; readonly nodes: number };

async function answered(
  world: RightsWorld,
  { subject, tenant }: Caller,
  request: Request,
  entry: Entry,
  report: TargetsReport | null,
): Promise<Executed> {
  const { nodes, held } = entry["scope"] as { nodes: number; held: number };
  const keptBy = (entry["keptBy"] ?? []) as readonly Kept[];
  const targets = report?.targets ?? [];
  const reached = [
    ...new Set([...targets.map(({ target }) => target), ...tellsOf(world, targets)]),
  ];
  const recipients = await recipientsTold(world, subject, request, { systems: false, reached });
  const elsewhere = targets.reduce((sum, { recordsDeleted }) => sum + recordsDeleted, 0);
  const preserved = targets.filter(({ kept }) => kept.some(({ ground }) => ground !== null));
  const did = [
    say("erased", { count: nodes }),
    ...(targets.length > 0 ? [say("erasedElsewhere", { count: elsewhere })] : []),
    ...backupsElsewhere(world, tenant, targets),
  ];
  const kept = [
    ...keptBy.map(({ reason, nodes: count }) => say("keptFor", { count, reason: codes(reason) })),
    ...preserved.flatMap(({ target, kept: rows }) => keptThere(target, rows)),
  ];
  const exceptions = [
    ...(held > 0 ? [word("held")] : []),
    ...(preserved.length > 0 ? [word("kept-by-law")] : []),
  ];
  return completely(
    did,
    { erased: nodes, held, targets: targets.length, elsewhere },
    {
      done: { erasure: entry["erasure"] as never },
      recipients,
      exceptions,
      outcome: { kept, final: await finality(world, subject, entry) },
    },
  );
}

/** A processor is told where a system that it runs was erased. */
function tellsOf({ policy }: RightsWorld, targets: TargetsReport["targets"]): readonly Word[] {
  const runs = targets.map(({ target }) => policy.sources?.[target]?.processor ?? null);
  return runs.filter((processor) => processor !== null);
}

/** Oubli sees no other system's backups: what it says is what was declared of them. */
function backupsElsewhere(
  world: RightsWorld,
  tenant: Word,
  targets: TargetsReport["targets"],
): readonly Said[] {
  const asked = new Set(targets.map(({ target }) => target));
  return knownSources(world, tenant).flatMap(({ name, backupsEnd }) => {
    const lasts = asked.has(name) ? parseDuration(backupsEnd ?? "") : null;
    if (lasts === null) return [];
    const until = { day: addDuration(world.clock.now(), lasts) };
    return [say("backupsElsewhere", { system: name, until })];
  });
}

function keptThere(system: Word, rows: TargetsReport["targets"][number]["kept"]): readonly Said[] {
  return rows.flatMap(({ ground, keepUntil, records: count }) => {
    if (ground === null) return [];
    const kept = { system, count, ground: codes(ground) };
    if (keepUntil === null) return [say("keptIn", kept)];
    return [say("keptInUntil", { ...kept, until: { day: keepUntil } })];
  });
}

/**
 * `executed` is not `final`: until the keys of that time are destroyed, or the last backup has ended,
 * a copy could still be opened.
 */
async function finality({ audit }: RightsWorld, subject: SubjectId, entry: Entry): Promise<Said> {
  const erasure = await audit.store.erasure(subject, entry["erasure"] as ErasureId);
  if (erasure !== null && erasure.finalIndex !== null) return say("final");
  const { count, until } = entry["backups"] as { count: number; until: EpochMs | null };
  if (count === 0) return say("finalSoon");
  return until === null ? say("finalOpen") : say("finalBy", { until: { day: until } });
}
