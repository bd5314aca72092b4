import type { DatabaseSync } from "node:sqlite";

import type { ConsentRow, Lapse } from "#audit";
import type { ConsentId, EpochMs, SubjectId } from "#kernel";

type Row = Omit<ConsentRow, "granted" | "explicit"> & { granted: number; explicit: number };

const FIELDS = `subject_id AS subject, consent_id AS id, purpose, granted, explicit,
  collected_at AS collectedAt, valid_until AS validUntil, policy_version AS policyVersion,
  mechanism, language, idx AS "index"`;

/** Records that take the place of `this` one. */
const LATER = `
  SELECT 1 FROM consent AS other
  WHERE other.subject_id = this.subject_id AND other.purpose = this.purpose
    AND (other.collected_at, other.idx) > (this.collected_at, this.idx)`;

const NEVER = Number.MAX_SAFE_INTEGER;

/** When a consent ends: the earlier of its own end and the longest that any may last. */
const END = `min(coalesce(valid_until, ${NEVER}), coalesce(collected_at + :validity, ${NEVER}))`;

/** The consent ledger's tables. Call from inside a transaction. */
export function consentStatements(sql: DatabaseSync) {
  const insert = sql.prepare("INSERT INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const insertEvidence = sql.prepare("INSERT INTO consent_evidence VALUES (?, ?, ?, ?)");
  const selectAll = sql.prepare(`
    SELECT ${FIELDS} FROM consent WHERE subject_id = ? ORDER BY collected_at, idx`);
  const selectEvidence = sql.prepare(
    "SELECT consent_id AS id, sealed FROM consent_evidence WHERE subject_id = ?",
  );
  const deleteEvidence = sql.prepare(
    "DELETE FROM consent_evidence WHERE subject_id = ? AND consent_id = ?",
  );
  const selectOld = sql.prepare(`
    SELECT ${FIELDS} FROM consent AS this
    JOIN consent_evidence USING (subject_id, consent_id, collected_at)
    WHERE collected_at < :before AND (
      EXISTS (${LATER} AND other.collected_at < :before)
      OR ((granted = 0 OR valid_until < :before) AND NOT EXISTS (${LATER})))
    ORDER BY collected_at LIMIT :limit`);

  const all = (subject: SubjectId): ConsentRow[] => selectAll.all(subject).map(read);

  return {
    add(row: Omit<ConsentRow, "index">, evidence: Uint8Array | null, index: number): void {
      const { subject, id, purpose, collectedAt, validUntil, policyVersion, mechanism } = row;
      insert.run(
        subject,
        purpose,
        collectedAt,
        index,
        id,
        row.granted ? 1 : 0,
        row.explicit ? 1 : 0,
        validUntil,
        policyVersion,
        mechanism,
        row.language,
      );
      if (evidence !== null) insertEvidence.run(subject, id, collectedAt, evidence);
    },
    all,
    /** The last of each purpose: rows come oldest first, so a later one takes its place. */
    latest: (subject: SubjectId): ConsentRow[] => [
      ...new Map(all(subject).map((row) => [row.purpose, row])).values(),
    ],
    evidence: (subject: SubjectId): Map<ConsentId, Uint8Array> =>
      new Map(
        (selectEvidence.all(subject) as unknown as { id: ConsentId; sealed: Uint8Array }[]).map(
          ({ id, sealed }) => [id, sealed],
        ),
      ),
    endEvidence(subject: SubjectId, consents: readonly ConsentId[]): void {
      for (const id of consents) deleteEvidence.run(subject, id);
    },
    withEvidence: (before: EpochMs, limit: number): ConsentRow[] =>
      selectOld.all({ before, limit }).map(read),
    lapsed: lapsedStatement(sql),
  };
}

function lapsedStatement(sql: DatabaseSync) {
  const selectLapsed = sql.prepare(`
    SELECT ${FIELDS} FROM consent AS this
    WHERE granted = 1 AND (subject_id, purpose) > (:subject, :purpose)
      AND ${END} <= :until AND (${END} > :after OR idx >= :from)
      AND NOT EXISTS (${LATER})
    ORDER BY subject_id, purpose LIMIT :limit`);
  return (
    { after, fromIndex: from, until, validityMs }: Lapse,
    { after: last, limit }: { readonly after: ConsentRow | null; readonly limit: number },
  ): ConsentRow[] => {
    const { subject, purpose } = last ?? { subject: "", purpose: "" };
    const values = { after, from, until, validity: validityMs, subject, purpose, limit };
    return selectLapsed.all(values).map(read);
  };
}

function read(row: unknown): ConsentRow {
  const { granted, explicit, ...rest } = row as Row;
  return { ...rest, granted: granted === 1, explicit: explicit === 1 };
}
