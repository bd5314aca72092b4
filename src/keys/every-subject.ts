import type { SubjectId } from "#kernel";

import type { Keyring } from "./keyring.ts";

const PAGE = 500;

/** Everybody who still has a key, a page at a time. */
export async function* everySubject({
  keyring,
}: {
  readonly keyring: Pick<Keyring, "subjects">;
}): AsyncGenerator<SubjectId> {
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await keyring.subjects(null, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}
