import type { SubjectId } from "#kernel";

import type { Durably } from "./faults.ts";
import type { KeyStore, Shred, ShredRef } from "./key-store.ts";
import type { Keyring, ShredOrder } from "./keyring.ts";
import type { SubjectKeys } from "./subject-keys.ts";

export interface ShredsOptions {
  readonly store: KeyStore;
  readonly subjectKeys: SubjectKeys;
  readonly durably: Durably;
}

/**
 * Destroys keys. Unreadable at once, for every process; final once the answered epoch has ended.
 *
 * A subject with held nodes keeps its key, and its fence `*` refuses every new one: what is left
 * is what is held. Without any, the subject's key goes, and its node keys are noise.
 *
 * @source GDPR Art. 17(1) (erasure), Art. 17(3)(e) (what is held for legal claims)
 */
export function shredsOf(
  options: ShredsOptions,
): Pick<Keyring, "shredNodes" | "shredSubject" | "purgeSubject" | "fences"> {
  const { store, subjectKeys, durably } = options;
  return {
    async shredNodes(subject, refs: readonly ShredRef[], order) {
      const work = () => store.shredNodes(shredOf(subject, order), refs);
      return { epoch: await durably("keys.shred", work) };
    },
    async shredSubject(subject, order) {
      subjectKeys.forget(subject);
      const work = () => store.shredSubject(shredOf(subject, order), order.except ?? []);
      const epoch = await durably("keys.shred-subject", work);
      // Again: a call that ran meanwhile may have put it back.
      subjectKeys.forget(subject);
      return { epoch };
    },
    purgeSubject: (subject, limit) =>
      durably("keys.purge", () => store.purgeSubject(subject, limit)),
    fences: (subject) => store.fences(subject),
  };
}

function shredOf(subject: SubjectId, { ledgerIndex, at }: ShredOrder): Shred {
  return { subject, ledgerIndex, at };
}
