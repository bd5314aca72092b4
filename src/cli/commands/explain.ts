import { command } from "../command.ts";
import { table } from "../table.ts";

export const explain = command({
  name: "explain",
  summary: "Every rule in force, with the law and the article that set it.",

  async run(cli) {
    await using opened = await cli.open();
    const { oubli } = opened;
    const rules = oubli.explain();
    const rows = rules.map(({ rule, value, from }) => [
      rule,
      value === null ? "-" : Array.isArray(value) ? value.join(" ") : String(value),
      from.map(({ pack, source }) => `${pack}: ${source}`).join("; "),
    ]);
    const purposes = Object.entries(oubli.policy.purposes).map(([name, purpose]) => [
      name,
      purpose.basis ?? "no basis: every use is refused",
      purpose.condition ?? "-",
      purpose.retention ?? "no end",
      purpose.categories?.join(" ") ?? "no categories: every use is refused",
    ]);
    return {
      json: { rules, purposes: oubli.policy.purposes },
      text: ["Rules", ...table(rows), "", "Purposes", ...table(purposes)],
    };
  },
});
