import { isOubliError, OubliError, type CaseId, type Json, type Word } from "#kernel";

import type { Case } from "./case.ts";
import type { CaseKind, CaseListing, CaseRow } from "./case-store.ts";
import { openFile } from "./file.ts";
import { caseLease, type CaseWorld } from "./world.ts";

/** @throws {OubliError} `NOT_FOUND` also for another controller's, or one of another kind. */
export async function loadCase<File extends Json>(
  world: Pick<CaseWorld, "cases" | "keyring">,
  which: { readonly tenant: Word; readonly kind: CaseKind; readonly id: CaseId },
): Promise<Case<File>> {
  const { tenant, kind, id } = which;
  const row = await world.cases.load(tenant, id);
  if (row?.kind !== kind) throw new OubliError("NOT_FOUND", { case: id });
  return openFile<File>(world, row);
}

const PAGE = 500;

/** A page of cases without their files, newest first. */
export function listCases(
  { cases }: Pick<CaseWorld, "cases">,
  listing: CaseListing,
): Promise<readonly CaseRow[]> {
  return cases.list(listing);
}

/** All cases of a listing without their files, newest first, read a page at a time. */
export async function* allCases(
  world: Pick<CaseWorld, "cases">,
  listing: Omit<CaseListing, "after" | "limit">,
): AsyncGenerator<CaseRow> {
  for (let after: CaseRow | null = null; ;) {
    const page: readonly CaseRow[] = await listCases(world, { ...listing, after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}

/**
 * Takes cases that are due, for this process alone while its lease lasts. One whose file was changed
 * is passed over, so that it stops no other; whoever loads it meets `SEAL_BROKEN`.
 */
export async function claimCases<File extends Json>(
  world: CaseWorld,
  kinds: readonly CaseKind[],
  limit: number,
): Promise<readonly Case<File>[]> {
  const claimed: Case<File>[] = [];
  for (const row of await world.cases.claim(kinds, caseLease(world), limit)) {
    try {
      claimed.push(await openFile<File>(world, row));
    } catch (error) {
      if (!isOubliError(error, "SEAL_BROKEN")) throw error;
    }
  }
  return claimed;
}

/** Prolongs this process's lease; `false` when another has the case now: stop. */
export function renewCase(world: CaseWorld, id: CaseId): Promise<boolean> {
  return world.cases.renew(id, caseLease(world));
}

/** Lets other processes have a case before the lease is over. */
export function releaseCase(world: CaseWorld, id: CaseId): Promise<void> {
  return world.cases.release(id, caseLease(world));
}
