import type { CaseRow } from "#cases";
import { isOubliError, word } from "#kernel";

import { jsonObject } from "./audit-json.ts";

export const CASE_TABLE = word("case_file");

/** One step in the index for each controller: cases are many, and controllers few. */
export const TENANTS = `
  WITH RECURSIVE each_one (tenant) AS (
    SELECT min(tenant) FROM case_file
    UNION ALL
    SELECT (SELECT min(tenant) FROM case_file WHERE case_file.tenant > each_one.tenant)
    FROM each_one WHERE each_one.tenant IS NOT NULL)
  SELECT tenant FROM each_one WHERE tenant IS NOT NULL`;

/** A case as its row holds it. */
export interface StoredCase extends Omit<CaseRow, "facts"> {
  readonly facts: string;
}

/** @throws {OubliError} `STORE_DAMAGED` when something else wrote its facts. */
export function readCase(row: unknown): CaseRow {
  const stored = row as StoredCase;
  return { ...stored, facts: jsonObject(CASE_TABLE, stored.facts, () => true) };
}

/** Those of many rows that can be read: a damaged one stops no other. */
export function intactCases(rows: readonly unknown[]): CaseRow[] {
  return rows.flatMap((row) => {
    try {
      return [readCase(row)];
    } catch (error) {
      if (isOubliError(error, "STORE_DAMAGED")) return [];
      throw error;
    }
  });
}

/** Those that are due longest first: an UPDATE answers in no order. */
export function byDue(cases: readonly CaseRow[]): CaseRow[] {
  return cases.toSorted(
    (one, two) => (one.dueAt ?? 0) - (two.dueAt ?? 0) || (one.id < two.id ? -1 : 1),
  );
}
