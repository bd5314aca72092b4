import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, day, table } from "../table.ts";

export const accounting = command({
  name: "accounting",
  summary: "Who was given a person's health information, over six years (45 CFR 164.528).",
  args: { subject: SUBJECT },

  async run(cli, { subject }) {
    await using opened = await cli.open();
    const made = await (await personOf(opened, subject)).accounting();
    const rows = made.disclosures.map(
      ({ at, recipient, address, purpose, description, series }) => [
        day(at),
        [recipient, address].filter((one) => one !== null).join(", "),
        purpose,
        description.map(({ category, items }) => `${category} ${items}`).join(" ") || "a question",
        series === null ? "" : `${series.number} in all, the last ${day(series.last)}`,
      ],
    );
    const left = Object.entries(made.excluded).map(([why, number]) => `${number} for ${why}`);
    return {
      json: made,
      text: [
        ...(rows.length === 0 ? ["No disclosure has to be listed."] : table(rows)),
        ...(left.length === 0 ? [] : [`Left out: ${left.join(", ")}.`]),
        `From ${day(made.from)} to ${day(made.until)}; logged as ${made.auditLog}/${made.auditIndex}, ${count(rows.length, "line")}.`,
      ],
    };
  },
});
