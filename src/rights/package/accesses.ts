import { accessLogOf, readEntry, type AccessLog, type AuditLog, type Entry } from "#audit";
import type { EpochMs, SubjectId, Word } from "#kernel";

/** One use of a person's memories. */
export interface AccessRecord {
  readonly log: AccessLog;
  readonly index: number;
  readonly at: EpochMs;
  readonly type: Entry["t"];
  readonly actor: Entry["actor"];
  readonly purpose: Word | null;
  readonly decision: Word | null;
  /** Who was given it, or was to be given it. */
  readonly processor: Word | null;
  readonly nodes: readonly { readonly id: string; readonly category: string }[];
}

/** Short: one entry may name a thousand memories. */
const PAGE = 32;

/**
 * Who used what of a person's, and why, oldest first, a page at a time.
 *
 * Limits: entries that retention has ended are gone.
 *
 * @source GDPR Art. 15(1)(c) · 45 CFR 164.528
 */
export async function* accessesOf(
  { audit }: { readonly audit: AuditLog },
  subject: SubjectId,
): AsyncGenerator<readonly AccessRecord[]> {
  const log = accessLogOf(subject, audit.store.logs);
  for (let from = 0; ;) {
    const page = await audit.store.entries(log, { from, limit: PAGE, subject });
    yield page.flatMap(({ index, bytes }) =>
      bytes ? [recordOf({ log, index }, readEntry(bytes))] : [],
    );
    if (page.length < PAGE) return;
    from = page.at(-1)!.index + 1;
  }
}

function recordOf(place: Pick<AccessRecord, "log" | "index">, entry: Entry): AccessRecord {
  return {
    ...place,
    at: entry.ts,
    type: entry.t,
    actor: entry.actor,
    purpose: (entry["purpose"] as Word | undefined) ?? null,
    decision: (entry["decision"] as Word | undefined) ?? null,
    processor: (entry["processor"] as Word | undefined) ?? null,
    nodes: (entry["nodes"] as AccessRecord["nodes"] | undefined) ?? [],
  };
}
