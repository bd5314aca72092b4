import { createHmac, type KeyObject } from "node:crypto";

import { lengthPrefixed, type Clock } from "#kernel";

import { CACHE_MS_MAX, type Epochs } from "./epochs.ts";
import { expiringMap } from "./expiring-map.ts";
import type { Durably } from "./faults.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { KeyStore } from "./key-store.ts";
import { newKeyBytes, wrap } from "./wrap.ts";

export interface TagsOptions {
  readonly store: KeyStore;
  readonly epochs: Epochs;
  readonly clock: Clock;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

export interface Tags {
  tag(tenant: string, parts: readonly (string | Uint8Array)[]): Promise<Uint8Array>;
  sweep(): void;
  clear(): void;
}

/** Tenants whose tag key is in memory. */
const CACHED_MAX = 1000;

/**
 * Tags under a tenant's own key, which is re-wrapped at every epoch and never replaced: a replay
 * fence must be recognised for as long as it is kept. Without the key a tag says nothing, and tags
 * of two tenants cannot be compared.
 */
export function tagsOf(options: TagsOptions): Tags {
  const cache = expiringMap<string, KeyObject>({
    clock: options.clock,
    entriesMax: CACHED_MAX,
    ageMsMax: CACHE_MS_MAX,
  });

  async function keyOf(tenant: string): Promise<KeyObject> {
    const key = cache.get(tenant) ?? (await loadOrMake(options, tenant));
    cache.set(tenant, key);
    return key;
  }

  return {
    async tag(tenant, parts) {
      const mac = createHmac("sha256", await keyOf(tenant)).update(lengthPrefixed(parts));
      return new Uint8Array(mac.digest());
    },
    sweep: () => cache.sweep(),
    clear: () => cache.clear(),
  };
}

async function loadOrMake(options: TagsOptions, tenant: string): Promise<KeyObject> {
  const { store, epochs, places, durably } = options;
  for (;;) {
    const loaded = await epochs.unwrapRow(
      () => store.tagKey(tenant),
      ({ epoch }) => places.tagKey(epoch, tenant),
    );
    if (loaded !== null) return loaded.key;
    await epochs.settled(async ([active]) => {
      const { epoch, rootKey } = active!;
      const bytes = newKeyBytes();
      const wrapped = wrap(rootKey, places.tagKey(epoch, tenant), bytes);
      bytes.fill(0);
      // Whoever was first made the key; all read it back.
      return durably("keys.tag", () => store.insertTagKey({ tenant, epoch, wrapped }));
    });
  }
}
