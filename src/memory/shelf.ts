import { MINUTE_MS, type SubjectId } from "#kernel";

/** Decrypted memory this process keeps at most, over all subjects. */
const BYTES_MAX = 256 * 1024 * 1024;

/** How long something outlives its last use. */
export const IDLE_MS = MINUTE_MS;

/** Keeps one thing a subject: the least recently used go first, the idle go anyway. */
export interface Shelf<Thing> {
  get(subject: SubjectId): Thing | undefined;
  /** Puts it last in line to go. */
  put(
    subject: SubjectId,
    thing: Thing,
    weight: { readonly bytes: number; readonly at: number },
  ): void;
  drop(subject: SubjectId): void;
  dropIdle(now: number): void;
  clear(): void;
}

export function createShelf<Thing>(): Shelf<Thing> {
  // A Map keeps the order of insertion: the first is the one not used for longest.
  const kept = new Map<SubjectId, { thing: Thing; bytes: number; usedAt: number }>();
  let total = 0;

  function drop(subject: SubjectId): void {
    total -= kept.get(subject)?.bytes ?? 0;
    kept.delete(subject);
  }

  return {
    get: (subject) => kept.get(subject)?.thing,
    put(subject, thing, { bytes, at }) {
      drop(subject);
      kept.set(subject, { thing, bytes, usedAt: at });
      total += bytes;
      for (const first of kept.keys()) {
        if (total <= BYTES_MAX || first === subject) break;
        drop(first);
      }
    },
    drop,
    dropIdle(now) {
      for (const [subject, { usedAt }] of kept) if (now - usedAt > IDLE_MS) drop(subject);
    },
    clear() {
      kept.clear();
      total = 0;
    },
  };
}
