import type { SubjectId } from "#kernel";

import type { KeyStore } from "./key-store.ts";
import type { Keyring } from "./keyring.ts";

/** Subjects whose tenant is in memory. One is some 100 bytes. */
const KEPT_MAX = 50_000;

/**
 * Which tenant a subject belongs to. Kept once known: a subject never changes hands, and no id is
 * ever given out twice.
 */
export function ownersOf({ store }: { readonly store: KeyStore }): Pick<Keyring, "tenantOf"> {
  const kept = new Map<SubjectId, string>();
  return {
    async tenantOf(subject) {
      const known = kept.get(subject);
      if (known !== undefined) return known;
      const tenant = (await store.subjectKey(subject))?.tenant ?? null;
      if (tenant === null) return null;
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(subject, tenant);
      return tenant;
    },
  };
}
