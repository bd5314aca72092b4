import type { NodeId } from "#kernel";

import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";

export const holdPlace = command({
  name: "hold place",
  summary: "Keep a person's records from destruction until the hold is released.",
  args: { subject: SUBJECT },
  flags: {
    case: {
      type: "string",
      required: true,
      value: "text",
      help: "The case, as the court names it: sealed",
    },
    reason: { type: "string", required: true, value: "code", help: "Why: a configured reason" },
    node: { type: "list", value: "id", help: "Only this memory" },
    category: { type: "string", value: "code", help: "Only this kind of personal data" },
    purpose: { type: "string", value: "code", help: "Only what is kept for this purpose" },
  },

  async run(cli, { subject, case: file, reason, node, category, purpose }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const hold = await person.hold({
      case: file,
      reason,
      ...(node.length === 0 ? {} : { nodes: [...node] as NodeId[] }),
      ...(category === undefined ? {} : { category: category as "other" }),
      ...(purpose === undefined ? {} : { purpose }),
    });
    return { json: hold, text: [`Placed ${hold.id} for case ${hold.case}.`] };
  },
});
