import { readEntry, storedEntries, type Entry, type ErasureRow } from "#audit";
import type { ErasureWorld } from "#erasure";
import { OubliError, type ErasureId, type SubjectId, type Word } from "#kernel";

import type { Authorisation, TransferPlan } from "./world.ts";

/**
 * The plan of a transfer that has its intent.
 *
 * What counts is the ledger, which is signed: the row beside it could have been changed, and with
 * it where somebody's data go.
 *
 * @throws {OubliError} `STORE_DAMAGED` where the ledger has no such intent.
 */
export async function planOf(
  { audit }: Pick<ErasureWorld, "audit">,
  { id, subject, intentIndex }: Pick<ErasureRow, "id" | "subject" | "intentIndex">,
): Promise<TransferPlan> {
  const [stored] = await audit.store.entries("ledger", { from: intentIndex, limit: 1 });
  const entry = stored?.bytes ? readEntry(stored.bytes) : null;
  const known = entry?.t === "transfer.intent" && entry["erasure"] === id;
  if (!known || entry.subject !== subject) throw new OubliError("STORE_DAMAGED", { erasure: id });
  return planIn(entry);
}

/** The plan as its intent's entry tells it. */
export function planIn(entry: Entry): TransferPlan {
  return {
    id: entry["erasure"] as ErasureId,
    subject: entry.subject!,
    tenant: entry.tenant,
    from: entry.region,
    to: entry["to"] as Word,
    as: entry["as"] as SubjectId,
    erasure: entry["certificate"] as ErasureId,
    authorisation: entry["authorisation"] as Authorisation,
  };
}

/** Where a transfer goes. */
export async function regionOf(
  from: Pick<ErasureWorld, "audit">,
  job: Pick<ErasureRow, "id" | "subject" | "intentIndex">,
): Promise<Word> {
  return (await planOf(from, job)).to;
}

/** How far a transfer has come, as the ledger of the next region tells it: that one decides. */
export type Progress = "intended" | "expected" | "arrived" | "aborted";

export async function progressOf(
  to: Pick<ErasureWorld, "audit">,
  { as, id }: Pick<TransferPlan, "as" | "id">,
): Promise<Progress> {
  let progress: Progress = "intended";
  for await (const { entry } of ledgerOf(to, as)) {
    if (entry["erasure"] !== id) continue;
    if (entry.t === "transfer.expected") progress = "expected";
    if (entry.t === "transfer.in") return "arrived";
    if (entry.t === "transfer.aborted") return "aborted";
  }
  return progress;
}

/** What the ledger says of one person, oldest first. */
export async function* ledgerOf(
  { audit }: Pick<ErasureWorld, "audit">,
  subject: SubjectId,
): AsyncGenerator<{ readonly entry: Entry; readonly index: number }> {
  for await (const { index, bytes } of storedEntries(audit.store, "ledger", { subject })) {
    if (bytes) yield { entry: readEntry(bytes), index };
  }
}
