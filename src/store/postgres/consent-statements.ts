import type { ConsentRow, Lapse } from "#audit";
import type { ConsentId, EpochMs, SubjectId } from "#kernel";

import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

export const CONSENT_FIELDS = `subject_id AS subject, consent_id AS id, purpose, granted, explicit,
  collected_at AS "collectedAt", valid_until AS "validUntil", policy_version AS "policyVersion",
  mechanism, language, idx AS "index"`;

/** Records that take the place of `this` one. */
const LATER = `
  SELECT FROM consent AS other
  WHERE other.subject_id = this.subject_id AND other.purpose = this.purpose
    AND (other.collected_at, other.idx) > (this.collected_at, this.idx)`;

const SELECT_OLD = `
  SELECT ${CONSENT_FIELDS} FROM consent AS this
  JOIN consent_evidence USING (subject_id, consent_id, collected_at)
  WHERE collected_at < $1 AND (
    EXISTS (${LATER} AND other.collected_at < $1)
    OR ((NOT granted OR valid_until < $1) AND NOT EXISTS (${LATER})))
  ORDER BY collected_at LIMIT $2`;

/** When a consent ends: the earlier of its own end and the longest that any may last, if ever. */
const END = "coalesce(least(valid_until, collected_at + $3::bigint), 9007199254740991)";

const SELECT_LAPSED = `
  SELECT ${CONSENT_FIELDS} FROM consent AS this
  WHERE granted AND (subject_id, purpose) > ($5, $6)
    AND ${END} <= $4 AND (${END} > $1 OR idx >= $2)
    AND NOT EXISTS (${LATER})
  ORDER BY subject_id, purpose LIMIT $7`;

/** The consent ledger's reads, and the end of evidence. */
export function consentReads(database: Database) {
  return {
    consents: (subject: SubjectId) =>
      database.read<ConsentRow>(subject, {
        text: `
          SELECT ${CONSENT_FIELDS} FROM consent WHERE subject_id = $1 ORDER BY collected_at, idx`,
        values: [subject],
      }),
    async consentEvidence(subject: SubjectId): Promise<ReadonlyMap<ConsentId, Uint8Array>> {
      const rows = await database.read<{ id: ConsentId; sealed: Uint8Array }>(subject, {
        text: "SELECT consent_id AS id, sealed FROM consent_evidence WHERE subject_id = $1",
        values: [subject],
      });
      return new Map(rows.map(({ id, sealed }) => [id, sealed]));
    },
    async endConsentEvidence(subject: SubjectId, consents: readonly ConsentId[]): Promise<void> {
      const text = "DELETE FROM consent_evidence WHERE subject_id = $1 AND consent_id = ANY($2)";
      await database.write(subject, [{ text, values: [subject, consents] }]);
    },
    consentsWithEvidence: (before: EpochMs, limit: number) =>
      database.read<ConsentRow>(EVERY_SUBJECT, { text: SELECT_OLD, values: [before, limit] }),
    lapsedConsents(
      { after, fromIndex, until, validityMs }: Lapse,
      { after: last, limit }: { readonly after: ConsentRow | null; readonly limit: number },
    ): Promise<ConsentRow[]> {
      const from = [last?.subject ?? "", last?.purpose ?? ""];
      const values = [after, fromIndex, validityMs, until, ...from, limit];
      return database.read<ConsentRow>(EVERY_SUBJECT, { text: SELECT_LAPSED, values });
    },
  };
}

/** Adds a record; a record is never changed. */
export function addConsent(
  row: Omit<ConsentRow, "index">,
  evidence: Uint8Array | null,
  index: number,
): Call[] {
  const { subject, id, purpose, granted, explicit, collectedAt, validUntil, policyVersion } = row;
  const record: Call = {
    text: "INSERT INTO consent VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    values: [
      subject,
      purpose,
      collectedAt,
      index,
      id,
      granted,
      explicit,
      validUntil,
      policyVersion,
      row.mechanism,
      row.language,
    ],
  };
  if (evidence === null) return [record];
  const sealed: Call = {
    text: "INSERT INTO consent_evidence VALUES ($1, $2, $3, $4)",
    values: [subject, id, collectedAt, evidence],
  };
  return [record, sealed];
}
