import { accountingText } from "../accounting-text.ts";
import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";

export const accounting = command({
  name: "accounting",
  summary: "Who was given a person's health information, over six years (45 CFR 164.528).",
  args: { subject: SUBJECT },

  async run(cli, { subject }) {
    await using opened = await cli.open();
    const made = await (await personOf(opened, subject)).accounting();
    return { json: made, text: accountingText(made) };
  },
});
