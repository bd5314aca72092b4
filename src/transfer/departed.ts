import { createHash } from "node:crypto";

import { readEntry } from "#audit";
import type { ErasureWorld } from "#erasure";
import type { ErasureId, SubjectId, Word } from "#kernel";

import { ledgerOf } from "./plan.ts";

/**
 * Who somebody was in the region that they came from: their id there is in no file here. It is
 * random, so its digest says nothing to anybody who does not have it.
 */
export function whoseOf(subject: SubjectId): Word {
  const digest = createHash("sha256").update(`oubli/transfer/${subject}`).digest("base64url");
  return digest as string as Word;
}

/** Transfers that arrived, by {@link whoseOf}. */
export type Arrived = ReadonlyMap<Word, ErasureId>;

const PAGE = 500;

/** Everybody who came from `origin`, as a region's ledger tells it; not those who went back. */
export async function arrivedFrom(
  { audit }: { readonly audit: Pick<ErasureWorld["audit"], "store"> },
  origin: Word,
): Promise<Arrived> {
  const arrived = new Map<Word, ErasureId>();
  const names = new Map<SubjectId, Word>();
  for (let from = 0; ;) {
    const page = await audit.store.entries("ledger", { from, limit: PAGE });
    for (const { type, bytes } of page) {
      if (!bytes || (type !== "transfer.in" && type !== "transfer.out")) continue;
      const entry = readEntry(bytes);
      const subject = entry.subject!;
      if (entry.t === "transfer.out" && entry["to"] === origin) arrived.delete(names.get(subject)!);
      if (entry.t !== "transfer.in" || entry["from"] !== origin) continue;
      const whose = entry["whose"] as Word;
      names.set(subject, whose);
      arrived.set(whose, entry["erasure"] as ErasureId);
    }
    if (page.length < PAGE) return arrived;
    from = page.at(-1)!.index + 1;
  }
}

/** Whether a person left by a transfer that the ledger here says nothing of: its tail is lost. */
export async function leftUntold(
  world: Pick<ErasureWorld, "audit">,
  subject: SubjectId,
  arrived: Arrived,
): Promise<boolean> {
  const id = arrived.get(whoseOf(subject));
  if (id === undefined) return false;
  for await (const { entry } of ledgerOf(world, subject)) {
    // What the ledger knows of, its redo ends.
    if (entry.t === "transfer.intent" && entry["erasure"] === id) return false;
  }
  return true;
}
