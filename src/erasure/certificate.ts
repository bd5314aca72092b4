import { readEntry, type Entry } from "#audit";
import {
  base64,
  canonicalJson,
  OubliError,
  type ErasureId,
  type SubjectId,
  type Word,
} from "#kernel";

import type { ErasedTargets } from "./erase-targets.ts";
import type { ErasureWorld } from "./world.ts";

/**
 * A signed proof of an erasure, checkable offline by anybody who has the verifier key: the ledger
 * entry's exact bytes, and the proof that the log holds them.
 *
 * `executed`: no process can open it any more. `final`: no backup can either. `settled`: every other
 * system that held the person is done.
 */
export interface Certificate {
  readonly erasure: ErasureId;
  readonly stage: "executed" | "final" | "settled";
  /** The entry, readable. What counts is its bytes in {@link json}. */
  readonly entry: Entry;
  /** The file `certificate.json`, canonical: give it to the person, the auditor, the court. */
  readonly json: string;
  /** The key that this installation signs with. An auditor gets it by another way. */
  readonly verifierKey: string;
  /** What other systems answered; absent where none holds people. Not complete: it goes on. */
  readonly targets?: ErasedTargets;
}

export const CERTIFICATE_FORMAT = "oubli-certificate-1";

/** The certificate of an `executed` or `final` entry of the ledger. */
export async function certify({ audit }: ErasureWorld, index: number): Promise<Certificate> {
  const [stored] = await audit.store.entries("ledger", { from: index, limit: 1 });
  if (!stored?.bytes) throw new OubliError("NOT_FOUND");
  const proof = await audit.prove({ log: "ledger", index });
  const entry = readEntry(stored.bytes);
  return {
    erasure: entry["erasure"] as ErasureId,
    stage: entry["stage"] as Certificate["stage"],
    entry,
    json: canonicalJson({ format: CERTIFICATE_FORMAT, entry: base64(stored.bytes), proof }),
    verifierKey: audit.notary.verifierKey("ledger"),
  };
}

/** The newest certificate of an erasure: `final` once its epoch has ended. */
export async function certificateOf(
  world: ErasureWorld,
  tenant: Word,
  subject: SubjectId,
  id: ErasureId,
): Promise<Certificate> {
  const erasure = await world.audit.store.erasure(subject, id);
  if (erasure?.tenant !== tenant || erasure.executedIndex === null)
    throw new OubliError("NOT_FOUND");
  return certify(world, erasure.finalIndex ?? erasure.executedIndex);
}
