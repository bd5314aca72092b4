import type { HoldRow } from "#audit";
import {
  base64,
  fromBase64,
  OubliError,
  utf8,
  utf8Text,
  type HoldId,
  type SubjectId,
  type Word,
} from "#kernel";

import type { ErasureWorld } from "./world.ts";

/** A hold as it is shown: its case in the words that it was given in. */
export interface Hold extends Omit<HoldRow, "case"> {
  readonly case: string;
}

/**
 * A case is the court's own text and may name people, so neither the row nor the ledger holds it in
 * the clear. Both hold the same sealed text, so that one can be checked against the other.
 */
export async function sealCase(
  { keyring }: Pick<ErasureWorld, "keyring">,
  { subject, id }: { readonly subject: SubjectId; readonly id: HoldId },
  text: string,
): Promise<Word> {
  return base64(await keyring.sealEvidence(subject, id, utf8(text))) as Word;
}

/** @throws {OubliError} `SEAL_BROKEN` for a row that was changed, `KEY_SHREDDED`. */
export async function openHold(
  { keyring }: Pick<ErasureWorld, "keyring">,
  row: HoldRow,
): Promise<Hold> {
  const { subject, id } = row;
  const sealed = fromBase64(row.case);
  if (sealed === null) throw new OubliError("SEAL_BROKEN", { subject, hold: id });
  return { ...row, case: utf8Text(await keyring.openEvidence(subject, id, sealed)) };
}
