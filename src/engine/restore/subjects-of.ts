import type { SubjectId } from "#kernel";

import type { EngineWorld } from "../world.ts";

const PAGE = 1000;

/** Everybody who has a key here. */
export async function* subjectsOf({ keyring }: EngineWorld): AsyncGenerator<SubjectId> {
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await keyring.subjects(null, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}
