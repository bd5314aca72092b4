import { createHmac, type KeyObject } from "node:crypto";

import { LIMITS, lengthPrefixed, OubliError, utf8, utf8Text, word } from "#kernel";
import type { Ids, SubjectId, Word } from "#kernel";

import type { Epochs, LiveEpoch } from "./epochs.ts";
import type { Durably } from "./faults.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { DirectoryRow, KeyStore, Registered } from "./key-store.ts";
import type { Keyring } from "./keyring.ts";
import { openAt, placeData, sealAt } from "./seal.ts";
import { newKeyBytes, wrap } from "./wrap.ts";

export interface DirectoryOptions {
  readonly store: KeyStore;
  readonly epochs: Epochs;
  readonly ids: Ids;
  readonly region: string;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

/** External ids ↔ subject ids. Rows are found by HMAC, so the table alone names nobody. */
export function directoryOf(
  options: DirectoryOptions,
): Pick<
  Keyring,
  "find" | "register" | "externalIdOf" | "tenantOf" | "subjects" | "forgetDirectoryRow"
> {
  const { store, epochs, region, durably } = options;

  async function find(tenant: string, externalId: string): Promise<SubjectId | null> {
    assertExternalId(externalId);
    return epochs.settled(async (live) => {
      const lookups = live.map(({ lookupKey }) => lookUp(lookupKey, tenant, externalId));
      const found = await store.findSubject(tenant, live[0]!.epoch, lookups);
      if (found.outcome === "absent") return null;
      if (found.outcome === "epoch-changed") return "epoch-changed";
      return confirm(options, live, { tenant, externalId, subject: found.subject });
    });
  }

  return {
    find,
    async register(tenant, externalId, as) {
      const known = await find(tenant, externalId);
      if (known !== null) return { subject: known, created: false };
      const subject = as ?? options.ids.next("subject");
      return epochs.settled(async (live) => {
        const outcome = await durably("keys.register", () =>
          insert(options, live, { tenant, externalId, subject }),
        );
        if (outcome.outcome === "epoch-changed") return "epoch-changed";
        if (outcome.outcome === "created") return { subject, created: true };
        const found = { tenant, externalId, subject: outcome.subject };
        const confirmed = await confirm(options, live, found);
        if (confirmed === null || confirmed === "epoch-changed") return "epoch-changed";
        return { subject: confirmed, created: false };
      });
    },
    async externalIdOf(subject) {
      return epochs.settled(async (live) => {
        const row = await store.directoryRow(subject);
        if (row === null) return null;
        const epoch = live.find((one) => one.epoch === row.epoch);
        return epoch === undefined ? "epoch-changed" : openExternalId(epoch, region, row);
      });
    },
    tenantOf: async (subject) => ((await store.subjectKey(subject))?.tenant ?? null) as Word | null,
    subjects: (tenant, page) => store.subjects(tenant, page),
    async forgetDirectoryRow(subject) {
      return {
        epoch: await durably("keys.directory.forget", () => store.forgetDirectoryRow(subject)),
      };
    },
  };
}

/**
 * What a look-up found is taken only if the row opens for that subject and says the same name: a
 * row that was moved, or a look-up put beside another person, must not give that person away.
 *
 * @throws {OubliError} `SEAL_BROKEN`.
 */
async function confirm(
  { store, region }: DirectoryOptions,
  live: readonly LiveEpoch[],
  { tenant, externalId, subject }: NewSubject,
): Promise<SubjectId | "epoch-changed" | null> {
  const row = await store.directoryRow(subject);
  if (row === null) return null;
  const epoch = live.find((one) => one.epoch === row.epoch);
  if (epoch === undefined) return "epoch-changed";
  if (row.tenant !== tenant || openExternalId(epoch, region, row) !== externalId) {
    throw new OubliError("SEAL_BROKEN", { subject });
  }
  return subject;
}

interface NewSubject {
  readonly tenant: string;
  readonly externalId: string;
  readonly subject: SubjectId;
}

async function insert(
  { store, region, places }: DirectoryOptions,
  live: readonly LiveEpoch[],
  { tenant, externalId, subject }: NewSubject,
): Promise<Registered> {
  const [active, ...retiring] = live as [LiveEpoch, ...LiveEpoch[]];
  const { epoch, rootKey } = active;
  const key = newKeyBytes();
  const wrapped = wrap(rootKey, places.subjectKey(epoch, { subject, tenant, version: 1 }), key);
  key.fill(0);
  return store.registerSubject({
    ...directoryRow(active, region, { tenant, externalId, subject }),
    olderLookups: retiring.map(({ lookupKey }) => lookUp(lookupKey, tenant, externalId)),
    wrapped,
  });
}

/** A directory row under this epoch. */
export function directoryRow(
  { epoch, lookupKey, sealKey }: LiveEpoch,
  region: string,
  { tenant, externalId, subject }: NewSubject,
): DirectoryRow {
  const sealed = sealAt(sealKey, rowPlace(region, tenant, subject), utf8(externalId));
  return { tenant, lookup: lookUp(lookupKey, tenant, externalId), epoch, subject, sealed };
}

/** @throws {OubliError} `SEAL_BROKEN` when the row was changed or moved. */
export function openExternalId(epoch: LiveEpoch, region: string, row: DirectoryRow): string {
  const { tenant, subject, sealed } = row;
  const bytes = openAt(epoch.sealKey, rowPlace(region, tenant, subject), sealed);
  if (bytes === null) throw new OubliError("SEAL_BROKEN", { subject });
  return utf8Text(bytes);
}

function rowPlace(region: string, tenant: string, subject: SubjectId): Uint8Array {
  return placeData({ tenant, region, subject, node: "", revision: 0, field: "external-id" });
}

function lookUp(key: KeyObject, tenant: string, externalId: string): Uint8Array {
  const named = lengthPrefixed(["oubli-directory-1", tenant, externalId]);
  return new Uint8Array(createHmac("sha256", key).update(named).digest());
}

/** A lone surrogate has no UTF-8 of its own: two different ids would become one person. */
function assertExternalId(externalId: string): void {
  const bytes = Buffer.byteLength(externalId);
  if (bytes > 0 && bytes <= LIMITS.externalIdBytesMax && externalId.isWellFormed()) return;
  throw new OubliError("INPUT_INVALID", { field: word("externalId"), bytes });
}
