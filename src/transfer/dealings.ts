import { createHash } from "node:crypto";

import { readEntry, storedEntries } from "#audit";
import type { ErasureWorld } from "#erasure";
import type { ErasureId, SubjectId, Word } from "#kernel";

import { ledgerOf, planIn } from "./plan.ts";
import type { Origin, TransferPlan } from "./world.ts";

/**
 * Who somebody was in the region that they came from: their id there is in no file here. It is
 * random, so its digest says nothing to anybody who does not have it.
 */
export function whoseOf(subject: SubjectId): Word {
  const digest = createHash("sha256").update(`oubli/transfer/${subject}`).digest("base64url");
  return digest as string as Word;
}

/** What a region's ledger tells of its transfers with another one. */
export interface Dealings {
  /** Who came from there and did not go back: their transfers, by {@link whoseOf}. */
  readonly arrived: ReadonlyMap<Word, ErasureId>;
  /** Who ever came from there. */
  readonly known: ReadonlySet<Word>;
  /** Who went there: what was here of them is erased. */
  readonly sent: readonly Sent[];
}

export interface Sent {
  readonly plan: TransferPlan;
  /** Who they had been there, if they had come from there. */
  readonly before: Word | null;
}

/** Reads the ledger of one region for what it tells of `other`. */
export async function dealingsWith(
  { audit }: Pick<Origin, "audit">,
  other: Word,
): Promise<Dealings> {
  const arrived = new Map<Word, ErasureId>();
  const names = new Map<SubjectId, Word>();
  const plans = new Map<unknown, TransferPlan>();
  const sent: Sent[] = [];
  for await (const { type, bytes } of storedEntries(audit.store, "ledger")) {
    if (!bytes || !type.startsWith("transfer.")) continue;
    const entry = readEntry(bytes);
    const subject = entry.subject!;
    if (entry.t === "transfer.intent" && entry["to"] === other) {
      plans.set(entry["erasure"], planIn(entry));
    } else if (entry.t === "transfer.out" && entry["to"] === other) {
      const before = names.get(subject) ?? null;
      const plan = plans.get(entry["erasure"]);
      // Its intent may be so old that the ledger has ended it.
      if (plan) sent.push({ plan, before });
      if (before !== null) arrived.delete(before);
    } else if (entry.t === "transfer.in" && entry["from"] === other) {
      const whose = entry["whose"] as Word;
      names.set(subject, whose);
      arrived.set(whose, entry["erasure"] as ErasureId);
    }
  }
  return { arrived, known: new Set(names.values()), sent };
}

/** Whether a person left by a transfer that the ledger here says nothing of: its tail is lost. */
export async function leftUntold(
  world: Pick<ErasureWorld, "audit">,
  subject: SubjectId,
  { arrived }: Dealings,
): Promise<boolean> {
  const id = arrived.get(whoseOf(subject));
  if (id === undefined) return false;
  for await (const { entry } of ledgerOf(world, subject)) {
    // What the ledger knows of, its redo ends.
    if (entry.t === "transfer.intent" && entry["erasure"] === id) return false;
  }
  return true;
}
