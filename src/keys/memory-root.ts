import type { KeyObject } from "node:crypto";

import type { Clock } from "#kernel";

import type { RootProvider } from "./root-provider.ts";
import { intoKey, newKeyBytes } from "./wrap.ts";

/** Root keys in this process only: for test worlds, which lose everything at their end anyway. */
export function memoryRootProvider({ clock }: { readonly clock: Clock }): RootProvider {
  const keys = new Map<number, KeyObject>();
  return {
    name: "memory",
    async create(epoch) {
      if (keys.has(epoch)) return "exists";
      keys.set(epoch, intoKey(newKeyBytes()));
      return "created";
    },
    async key(epoch) {
      return keys.get(epoch) ?? null;
    },
    async epochs() {
      return [...keys.keys()].sort((left, right) => left - right);
    },
    async destroy(epoch) {
      const method = keys.delete(epoch) ? "dropped" : "already-absent";
      const now = clock.now();
      return { provider: "memory", epoch, destroyedAt: now, method, irreversibleAt: now };
    },
  };
}
