import type { KeyObject } from "node:crypto";

import { OubliError, type SubjectId } from "#kernel";

import type { Epochs } from "./epochs.ts";
import type { Durably } from "./faults.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { KeyStore } from "./key-store.ts";
import type { EvidenceOf, Keyring } from "./keyring.ts";
import { openAt, placeData, sealAt } from "./seal.ts";
import { newKeyBytes, wrap } from "./wrap.ts";

export interface EvidenceOptions {
  readonly store: KeyStore;
  readonly epochs: Epochs;
  readonly region: string;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

interface EvidenceKey {
  readonly tenant: string;
  readonly key: KeyObject;
}

/**
 * Evidence: who said yes, from which address; which case a hold is for. It must outlive the erasure
 * of what was remembered, so it has a key of its own, and ends by its own retention.
 *
 * @source GDPR Art. 7(1) (to demonstrate consent), Art. 17(3)(e)
 */
export function evidenceOf(
  options: EvidenceOptions,
): Pick<Keyring, "sealEvidence" | "openEvidence" | "endEvidence"> {
  const { store, region, durably } = options;
  const place = (tenant: string, subject: SubjectId, record: EvidenceOf): Uint8Array =>
    placeData({ tenant, region, subject, node: record, revision: 0, field: "consent-evidence" });

  return {
    async sealEvidence(subject, record, evidence) {
      const { key, tenant } = (await load(options, subject)) ?? (await make(options, subject));
      return sealAt(key, place(tenant, subject, record), evidence);
    },
    async openEvidence(subject, record, sealed) {
      const loaded = await load(options, subject);
      if (loaded === null) throw new OubliError("KEY_SHREDDED", { subject, record });
      const evidence = openAt(loaded.key, place(loaded.tenant, subject, record), sealed);
      if (evidence === null) throw new OubliError("SEAL_BROKEN", { subject, record });
      return evidence;
    },
    async endEvidence(subject) {
      const epoch = await durably("keys.evidence.end", () => store.deleteEvidenceKey(subject));
      return { epoch };
    },
  };
}

async function load(
  { store, epochs, places }: EvidenceOptions,
  subject: SubjectId,
): Promise<EvidenceKey | null> {
  const loaded = await epochs.unwrapRow(
    () => store.evidenceKey(subject),
    ({ epoch, tenant }) => places.evidenceKey(epoch, subject, tenant),
  );
  return loaded === null ? null : { tenant: loaded.row.tenant, key: loaded.key };
}

async function make(options: EvidenceOptions, subject: SubjectId): Promise<EvidenceKey> {
  const { store, epochs, places, durably } = options;
  const subjectKey = await store.subjectKey(subject);
  if (subjectKey === null) {
    const erased = (await store.fences(subject)).some(({ key }) => key === "*");
    throw new OubliError(erased ? "SUBJECT_ERASED" : "NOT_FOUND", { subject });
  }
  const { tenant } = subjectKey;
  await epochs.settled(async ([active]) => {
    const { epoch, rootKey } = active!;
    const bytes = newKeyBytes();
    const wrapped = wrap(rootKey, places.evidenceKey(epoch, subject, tenant), bytes);
    bytes.fill(0);
    return durably("keys.evidence", () =>
      store.insertEvidenceKey({ subject, tenant, epoch, wrapped }),
    );
  });
  const made = await load(options, subject);
  // Only when its retention ended in this very moment.
  if (made === null) throw new OubliError("CONFLICT", { subject });
  return made;
}
