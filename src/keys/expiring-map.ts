import type { Clock, EpochMs } from "#kernel";

export interface ExpiringMapOptions {
  readonly clock: Clock;
  readonly entriesMax: number;
  readonly ageMsMax: number;
}

/** A map that forgets: what is too old, and, beyond its bound, what was used least recently. */
export interface ExpiringMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  /** Drops what is too old; reading alone would leave unused entries in memory. */
  sweep(): void;
  clear(): void;
}

export function expiringMap<Key, Value>({
  clock,
  entriesMax,
  ageMsMax,
}: ExpiringMapOptions): ExpiringMap<Key, Value> {
  const entries = new Map<Key, { readonly value: Value; readonly since: EpochMs }>();
  const isOld = (since: EpochMs): boolean => clock.now() - since >= ageMsMax;

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (isOld(entry.since)) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, since: clock.now() });
      if (entries.size > entriesMax) entries.delete(entries.keys().next().value!);
    },
    delete: (key) => void entries.delete(key),
    sweep() {
      for (const [key, { since }] of entries) if (isOld(since)) entries.delete(key);
    },
    clear: () => entries.clear(),
  };
}
