import type { EgressWorld } from "#egress";
import type { Actor, Ids, SubjectId, Word } from "#kernel";
import type { Keyring } from "#keys";

import type { Embedder } from "./embedder.ts";
import type { FactsReader } from "./facts.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { Turns } from "./turns.ts";
import type { WorkingSets } from "./working-sets.ts";

/** Everything the memory room works with: one region's stores, keys, log and policy. */
export interface MemoryWorld extends EgressWorld {
  readonly keyring: Keyring;
  readonly store: MemoryStore;
  readonly facts: FactsReader;
  readonly workingSets: WorkingSets;
  readonly turns: Turns;
  readonly embedder: Embedder | null;
  readonly ids: Ids;
}

/** Who calls, for which controller, about whom. */
export interface Caller {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly subject: SubjectId;
}
