import { canonicalBytes, isOubliError, utf8Text, type Json } from "#kernel";

import type { Case } from "./case.ts";
import type { CaseRow } from "./case-store.ts";
import type { CaseWorld } from "./world.ts";

type Filed = Pick<CaseRow, "id" | "tenant" | "step">;

/** Seals a file for one step of its case: at no other does it open. */
export function sealFile(
  { keyring }: Pick<CaseWorld, "keyring">,
  { id, tenant, step }: Filed,
  file: Json,
): Promise<Uint8Array> {
  return keyring.sealCase({ id, tenant, step }, canonicalBytes(file));
}

/**
 * A row with its file open.
 *
 * @throws {OubliError} `SEAL_BROKEN` for a row that was changed.
 */
export async function openFile<File extends Json>(
  world: Pick<CaseWorld, "keyring">,
  row: CaseRow,
): Promise<Case<File>> {
  return { ...row, file: row.sealed && (await read<File>(world, row, row.sealed)) };
}

/** `null` without the key: the row is of an older copy, from before its file was destroyed. */
async function read<File extends Json>(
  { keyring }: Pick<CaseWorld, "keyring">,
  { id, tenant, step }: Filed,
  sealed: Uint8Array,
): Promise<File | null> {
  try {
    return JSON.parse(utf8Text(await keyring.openCase({ id, tenant, step }, sealed))) as File;
  } catch (error) {
    if (!isOubliError(error, "KEY_SHREDDED")) throw error;
    return null;
  }
}
