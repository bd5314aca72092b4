import type { ErasureWorld } from "#erasure";
import type { SubjectId } from "#kernel";

const SUBJECT_PAGE = 500;

/** Everybody who still has a key, a page at a time. */
export async function* everySubject({ keyring }: ErasureWorld): AsyncGenerator<SubjectId> {
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await keyring.subjects(null, { after, limit: SUBJECT_PAGE });
    yield* page;
    after = page.at(-1) ?? null;
    if (page.length < SUBJECT_PAGE) return;
  }
}
