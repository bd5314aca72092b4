import { readEntry, type ErasureRow, type Loggable } from "#audit";
import { OubliError, word, type Word } from "#kernel";
import { draft, type Caller } from "#memory";
import { knownSources } from "#sources";

import { endCopies } from "./end-copies.ts";
import { addKept, keptByIntents } from "./kept-by.ts";
import { outstandingFacts } from "./outstanding.ts";
import { deferHeld } from "./plan.ts";
import { probe } from "./probe.ts";
import { shredNodes } from "./shred-nodes.ts";
import { shredSubject, spareHeld } from "./shred-subject.ts";
import { isClean, LIMITATIONS, type Surface } from "./surfaces.ts";
import type { ErasureWorld } from "./world.ts";

/** What was done, with the ledger index of the `executed` entry. */
export interface Executed {
  readonly executedIndex: number;
  readonly surfaces: readonly Surface[];
  readonly epoch: number;
}

/**
 * Does what an intent said. Every step may be done again, so a redo after a crash simply starts
 * from the top.
 *
 * Why the order is safe: keys go first, so from that commit on nothing can be opened, whatever
 * fails later. Rows go second; while they last they are noise. `executed` is written last, and the
 * job row stays until it is, so nothing half-done is ever called done.
 *
 * @throws {OubliError} `CONFLICT` when the probe still finds something: the job stays, and is
 *   tried again. Retryable.
 */
export async function carryOut(
  world: ErasureWorld,
  caller: Caller,
  begun: ErasureRow,
): Promise<Executed> {
  const job = begun.nodes === null ? await spareHeld(world, caller, begun) : begun;
  const done =
    job.nodes === null ? await shredSubject(world, job) : await shredNodes(world, caller, job);
  await endCopies(world, caller);
  const probed = await probe(world, job, done);
  const keyLog = await (done.keyLog ?? world.keyring.scrub());
  const surfaces = [...done.surfaces, ...probed].concat([
    { surface: "key-log", result: keyLog, removed: 0, found: null },
    { surface: "working-set", result: "invalidated", removed: 0, found: null },
    { surface: "backups", result: "deferred", removed: 0, found: null },
    ...elsewhere(world, caller, job),
  ]);
  if (!isClean(surfaces)) throw new OubliError("CONFLICT", { erasure: job.id });

  const { subject, id, kind, reason, held, intentIndex, startedAt } = job;
  const entry = draft(
    world,
    { caller, session: null },
    kind === "correct" ? "correct.executed" : "erase.executed",
    {
      erasure: id,
      kind: kind as Word,
      reason,
      stage: "executed" as Word,
      intent: intentIndex,
      startedAt,
      scope: {
        nodes: done.nodes,
        held: held.length + done.held.length,
        subject: job.nodes === null,
      },
      keptBy: addKept([...(await keptByIntents(world, job)), ...done.keptBy]),
      // All of them are named by the intent's further entries.
      stragglers: done.stragglers.slice(0, NAMED_MAX),
      surfaces: surfaces as never,
      backups: await outstandingFacts(world),
      epoch: done.epoch,
      ...(await transferFacts(world, job)),
      limitations: LIMITATIONS as readonly string[] as readonly Word[],
    },
  );
  const effect = { kind: "erasure.executed", subject, id, epoch: done.epoch } as const;
  const scope = job.nodes === null ? "subject" : "nodes";
  const deferred = deferHeld(world, caller, { reason, held: done.held }, scope);
  const recorded = await world.audit.record(entry, { effects: [effect, ...deferred] });
  if (recorded.status === "stale") throw new OubliError("CONFLICT", { erasure: id });
  return { executedIndex: recorded.index, surfaces, epoch: done.epoch };
}

/** Other systems are asked behind this act; who left for another region stays in them. */
function elsewhere(
  world: ErasureWorld,
  { tenant }: Caller,
  { nodes, reason }: ErasureRow,
): readonly Surface[] {
  const targets = knownSources(world, tenant).some(({ can }) => can.erase || can.anonymise);
  if (nodes !== null || reason === TRANSFER || !targets) return [];
  return [{ surface: "targets", result: "deferred", removed: 0, found: null }];
}

/** Of a person who left for another region: on whose word, as the intent said it. */
async function transferFacts(
  { audit }: ErasureWorld,
  { reason, intentIndex }: ErasureRow,
): Promise<{ readonly transfer?: Loggable }> {
  if (reason !== TRANSFER) return {};
  const [intent] = await audit.store.entries("ledger", { from: intentIndex, limit: 1 });
  const said = intent?.bytes ? readEntry(intent.bytes)["transfer"] : undefined;
  return said === undefined ? {} : { transfer: said as Loggable };
}

const TRANSFER = word("transfer");

/** Ids in one entry: an entry has 65,535 bytes, and an id takes about 30. */
const NAMED_MAX = 1000;
