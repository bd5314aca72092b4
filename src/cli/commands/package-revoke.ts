import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { count, day, table } from "../table.ts";

export const packageRevoke = command({
  name: "package revoke",
  summary: "Take back a person's links to packages. Shows them unless --execute is given.",
  args: { subject: SUBJECT },
  flags: { execute: { type: "boolean", help: "Destroy what they open" } },

  async run(cli, { subject, execute }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    if (!execute) {
      const waiting = await person.waitingPackages();
      const rows = waiting.map(({ case: id, state, expiresAt }) => [
        id,
        state,
        `until ${day(expiresAt)}`,
      ]);
      return {
        json: { executed: false, waiting },
        text:
          rows.length === 0
            ? ["No link waits."]
            : [...table(rows), "Nothing was taken back. Do it: --execute"],
      };
    }
    const { revoked } = await person.revokePackages();
    return { json: { executed: true, revoked }, text: [`Took back ${count(revoked, "link")}.`] };
  },
});
