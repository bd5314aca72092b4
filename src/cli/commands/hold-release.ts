import { command } from "../command.ts";
import { jsonOf, scopeOf } from "../erasure-answer.ts";
import { personOf, SUBJECT } from "../person.ts";
import { memories } from "../table.ts";

export const holdRelease = command({
  name: "hold release",
  summary: "End a hold, and carry out what it had deferred.",
  args: { subject: SUBJECT, hold: { help: "Its id: hold_…" } },

  async run(cli, { subject, hold }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const erased = await person.release(hold);
    const done = erased.map((certificate) => {
      const nodes = memories(scopeOf(certificate).nodes);
      return `Erased ${nodes} that had waited: certificate ${certificate.erasure}.`;
    });
    return {
      json: { released: hold, erased: erased.map(jsonOf) },
      text: ["Released.", ...(done.length > 0 ? done : ["Nothing had waited for it."])],
    };
  },
});
