import type { AffectedPerson } from "#breach";

import { scopeLines } from "../breach-answer.ts";
import { SCOPE_FLAGS, scopeFrom } from "../breach-input.ts";
import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";

export const breachScope = command({
  name: "breach scope",
  summary: "Say exactly whom and what an incident reached, from the log. Writes nothing.",
  flags: {
    ...SCOPE_FLAGS,
    people: { type: "boolean", help: "Each person and item by its id, too" },
  },

  async run(cli, { people, ...given }) {
    await using opened = await cli.open();
    const { breach, regions } = opened.only();
    const asked = scopeFrom(given, regions[0]!);
    if (asked === null)
      throw new CliError("USAGE", "say what is known: --from, --actor, --epoch, …");
    const totals = await breach.scope(asked);
    if (!people) return { json: totals, text: scopeLines(totals) };
    const affected: AffectedPerson[] = [];
    for await (const person of breach.affected(asked)) affected.push(person);
    const rows = affected.flatMap(({ subject, items }) => [
      subject,
      ...items.map(({ id, categories }) => `  ${id} ${categories.join(" ")}`),
    ]);
    return { json: { ...totals, affected }, text: [...scopeLines(totals), ...rows] };
  },
});
