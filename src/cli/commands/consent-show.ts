import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { table } from "../table.ts";

export const consentShow = command({
  name: "consent show",
  summary: "Show what a person agreed to, now and before.",
  args: { subject: SUBJECT },

  async run(cli, { subject }) {
    await using opened = await cli.open();
    const { consent } = await personOf(opened, subject);
    const [active, history] = [await consent.active(), await consent.history()];
    const rows = history.map(
      ({ purpose, granted, explicit, collectedAt, policyVersion, index }) => [
        new Date(collectedAt).toISOString(),
        purpose,
        granted ? (explicit ? "granted, explicitly" : "granted") : "withdrawn",
        `notice ${policyVersion}`,
        `ledger/${index}`,
      ],
    );
    const inForce = Object.keys(active).filter((purpose) => active[purpose]);
    return {
      json: { active, history },
      text: [...table(rows), `In force: ${inForce.join(", ") || "none"}`],
    };
  },
});
