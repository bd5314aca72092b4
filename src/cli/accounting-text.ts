import type { Accounting } from "#accountability";

import { count, day, table } from "./table.ts";

/** An accounting of disclosures, a line for each series. */
export function accountingText(made: Accounting): readonly string[] {
  const rows = made.disclosures.map(({ at, recipient, address, purpose, description, series }) => [
    day(at),
    [recipient, address].filter((one) => one !== null).join(", "),
    purpose,
    description.map(({ category, items }) => `${category} ${items}`).join(" ") || "a question",
    series === null ? "" : `${series.number} in all, the last ${day(series.last)}`,
  ]);
  const left = Object.entries(made.excluded).map(([why, number]) => `${number} for ${why}`);
  return [
    ...(rows.length === 0 ? ["No disclosure has to be listed."] : table(rows)),
    ...(left.length === 0 ? [] : [`Left out: ${left.join(", ")}.`]),
    `From ${day(made.from)} to ${day(made.until)}; logged as ${made.auditLog}/${made.auditIndex}, ${count(rows.length, "line")}.`,
  ];
}
