import type { KeyObject } from "node:crypto";

import { OubliError, type CaseId, type Clock } from "#kernel";

import { associatedData } from "./associated-data.ts";
import type { Epochs } from "./epochs.ts";
import type { Durably } from "./faults.ts";
import { ALG } from "./gcm.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { KeyStore } from "./key-store.ts";
import type { CaseStep, Keyring } from "./keyring.ts";
import { openAt, sealAt } from "./seal.ts";
import { newKeyBytes, wrap } from "./wrap.ts";

export interface CaseKeyOptions {
  readonly store: KeyStore;
  readonly epochs: Epochs;
  readonly region: string;
  readonly clock: Clock;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

/**
 * A key for each case of the office, apart from every person's: a request is finished, and can be
 * shown to have been, when the person who made it was erased long since.
 */
export function caseKeysOf(
  options: CaseKeyOptions,
): Pick<Keyring, "sealCase" | "openCase" | "endCase" | "casesWithKey"> {
  const { store, region, durably } = options;
  // The step is part of the place: a file of another step, put into the row, does not open.
  const place = ({ id, tenant, step }: CaseStep): Uint8Array =>
    associatedData(["oubli-case-1", String(ALG), tenant, region, id, String(step)]);

  return {
    async sealCase(of, file) {
      // Made at the opening alone: a key that was ended must not come back with a later step.
      if (of.step === 0) await make(options, of);
      return sealAt(await load(options, of.id), place(of), file);
    },
    async openCase(of, sealed) {
      const file = openAt(await load(options, of.id), place(of), sealed);
      if (file === null) throw new OubliError("SEAL_BROKEN", { case: of.id });
      return file;
    },
    async endCase(id) {
      return { epoch: await durably("keys.case.end", () => store.deleteCaseKey(id)) };
    },
    casesWithKey: (before, page) => store.casesWithKey(before, page),
  };
}

async function load({ store, epochs, places }: CaseKeyOptions, id: CaseId): Promise<KeyObject> {
  const loaded = await epochs.unwrapRow(
    () => store.caseKey(id),
    ({ epoch, tenant }) => places.caseKey(epoch, id, tenant),
  );
  if (loaded === null) throw new OubliError("KEY_SHREDDED", { case: id });
  return loaded.key;
}

async function make(options: CaseKeyOptions, { id, tenant }: CaseStep): Promise<void> {
  const { store, epochs, clock, places, durably } = options;
  await epochs.settled(async ([active]) => {
    const { epoch, rootKey } = active!;
    const bytes = newKeyBytes();
    const wrapped = wrap(rootKey, places.caseKey(epoch, id, tenant), bytes);
    bytes.fill(0);
    const row = { id, tenant, epoch, createdAt: clock.now(), wrapped };
    return durably("keys.case", () => store.insertCaseKey(row));
  });
}
