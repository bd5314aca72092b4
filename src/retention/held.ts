import type { ErasureWorld } from "#erasure";
import type { SubjectId } from "#kernel";
import type { Identity } from "#sources";

const PAGE = 500;

/** Everybody on hold, as other systems know them: no rule removes what they have there. */
export async function heldIdentities({
  audit,
  keyring,
}: Pick<ErasureWorld, "audit" | "keyring">): Promise<readonly Identity[]> {
  const held: Identity[] = [];
  for (let after: SubjectId | null = null; ;) {
    const page: readonly SubjectId[] = await audit.store.heldSubjects({ after, limit: PAGE });
    for (const subject of page) {
      const externalId = await keyring.externalIdOf(subject);
      if (externalId !== null) held.push({ subject, externalId, identifiers: {} });
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) return held;
  }
}
