import type { Clock, Ids } from "#kernel";

import { caseKeysOf } from "./case-keys.ts";
import { directoryOf } from "./directory.ts";
import { epochsOf } from "./epochs.ts";
import { evidenceOf } from "./evidence.ts";
import { durably as durablyWith, type Fault } from "./faults.ts";
import { wrapPlaces } from "./key-names.ts";
import type { KeyStore } from "./key-store.ts";
import type { Keyring } from "./keyring.ts";
import { nodeKeysOf } from "./node-keys.ts";
import type { RootProvider } from "./root-provider.ts";
import { rotate } from "./rotation.ts";
import { shredsOf } from "./shreds.ts";
import { subjectKeysOf } from "./subject-keys.ts";
import { tagsOf } from "./tags.ts";

export interface KeyringOptions {
  readonly store: KeyStore;
  readonly root: RootProvider;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The region whose keys these are, for good: every key is bound to it. */
  readonly region: string;
  /** Called around each durable step; a crash proof throws or exits here. */
  readonly fault?: Fault;
}

/** How often keys that nobody asks for are looked through for what is too old to keep. */
const SWEEP_MS = 15_000;

/**
 * Opens the keys of a region. A new store gets its first epoch.
 *
 * @throws {OubliError} `ROOT_MISSING` when the store has an epoch whose root key is not there: it
 *   is never made anew beside data. `CONFIG_INVALID` when the store belongs to another region.
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store, root, clock, ids, region, fault = () => {} } = options;
  const durably = durablyWith(fault);
  const places = wrapPlaces(region);
  const epochs = epochsOf({ store, root, clock, region, places, durably });
  const subjectKeys = subjectKeysOf({ store, epochs, clock, places });
  const tags = tagsOf({ store, epochs, clock, places, durably });
  const caches = [epochs, subjectKeys, tags];

  if ((await store.epochs()).length === 0) await epochs.begin(null);
  await epochs.refresh();
  const sweeping = setInterval(() => caches.forEach((cache) => cache.sweep()), SWEEP_MS).unref();

  return {
    region,
    ...directoryOf({ store, epochs, ids, region, places, durably }),
    ...nodeKeysOf({ store, subjectKeys, clock, places, durably }),
    ...shredsOf({ store, subjectKeys, durably }),
    ...evidenceOf({ store, epochs, region, places, durably }),
    ...caseKeysOf({ store, epochs, region, clock, places, durably }),
    tag: (tenant, ...parts) => tags.tag(tenant, parts),
    async rotate({ onProgress = () => {} } = {}) {
      const done = await rotate({ store, root, epochs, region, places, durably, onProgress });
      subjectKeys.clear();
      return done;
    },
    epochs: () => store.epochs(),
    appliedLedgerIndex: () => store.appliedLedgerIndex(),
    setAppliedLedgerIndex: (index) => store.setAppliedLedgerIndex(index),
    scrub: () => store.scrub(),
    close() {
      clearInterval(sweeping);
      for (const cache of caches) cache.clear();
    },
  };
}
