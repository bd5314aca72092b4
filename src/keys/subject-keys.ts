import type { KeyObject } from "node:crypto";

import type { Clock, SubjectId } from "#kernel";

import { CACHE_MS_MAX, type Epochs } from "./epochs.ts";
import { expiringMap } from "./expiring-map.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { KeyStore, SubjectKeyRow } from "./key-store.ts";

/** Subject keys in memory at most: some 10 MB. */
const CACHED_MAX = 10_000;

export interface SubjectKey {
  readonly version: number;
  readonly key: KeyObject;
}

export interface SubjectKeys {
  /** The subject's key, perhaps from the cache; `null` when there is none. */
  of(subject: SubjectId): Promise<SubjectKey | null>;
  /** The key of a row just read. */
  fromRow(row: SubjectKeyRow): Promise<SubjectKey | null>;
  forget(subject: SubjectId): void;
  sweep(): void;
  clear(): void;
}

export interface SubjectKeysOptions {
  readonly store: KeyStore;
  readonly epochs: Epochs;
  readonly clock: Clock;
  readonly places: WrapPlaces;
}

/**
 * Subject keys, cached for a minute.
 *
 * Why that is safe: a cached key opens nothing by itself. Every node key's row is read from the
 * store, in one snapshot with the subject key's row, and without that row nothing is unwrapped; an
 * insert asserts the version it was wrapped under. So a key that another process replaced or
 * destroyed is noticed at its next use, and a version never means two keys.
 */
export function subjectKeysOf({ store, epochs, clock, places }: SubjectKeysOptions): SubjectKeys {
  const options = { clock, entriesMax: CACHED_MAX, ageMsMax: CACHE_MS_MAX };
  const cache = expiringMap<SubjectId, SubjectKey>(options);

  async function load(
    subject: SubjectId,
    read: () => Promise<SubjectKeyRow | null>,
  ): Promise<SubjectKey | null> {
    const loaded = await epochs.unwrapRow(read, (row) => places.subjectKey(row.epoch, row));
    if (loaded === null) return null;
    const subjectKey = { version: loaded.row.version, key: loaded.key };
    cache.set(subject, subjectKey);
    return subjectKey;
  }

  return {
    async of(subject) {
      return cache.get(subject) ?? load(subject, () => store.subjectKey(subject));
    },
    async fromRow(row) {
      const cached = cache.get(row.subject);
      if (cached?.version === row.version) return cached;
      let first = true;
      return load(row.subject, async () => {
        if (!first) return store.subjectKey(row.subject);
        first = false;
        return row;
      });
    },
    forget: (subject) => cache.delete(subject),
    sweep: () => cache.sweep(),
    clear: () => cache.clear(),
  };
}
