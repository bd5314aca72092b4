import { recordHtml } from "#accountability";

import { command } from "../command.ts";
import { count, table } from "../table.ts";
import { PAGE_FLAGS, writeNew } from "../write-new.ts";

export const record = command({
  name: "record",
  summary: "The record of processing, from the live configuration (GDPR Art. 30).",
  flags: PAGE_FLAGS,

  async run(cli, { out, force }) {
    await using opened = await cli.open();
    const made = await opened.only().accountability.record();
    if (out !== undefined) await writeNew(cli.folder, out, recordHtml(made), { force });
    const rows = made.activities.map(({ purpose, article, retention, recipients, items }) => [
      purpose,
      article ?? "no basis",
      retention ?? "no limit",
      recipients.join(" ") || "-",
      count(items, "item"),
    ]);
    const missing = made.missing.map((field) => `The configuration does not say: ${field}`);
    return {
      json: made,
      text: [
        `Controller: ${made.controller?.name ?? "not configured"}`,
        ...table(rows),
        ...missing,
        ...(out === undefined ? [] : ["Written: 1 page."]),
      ],
    };
  },
});
