import type { ListPage } from "#memory";

import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { day, memories, oneLine, table } from "../table.ts";

const PAGE = 1000;

export const list = command({
  name: "list",
  summary: "List a person's memories, newest first.",
  args: { subject: SUBJECT },
  flags: {
    purpose: { type: "string", value: "code", help: "Only what this purpose may see" },
    category: { type: "string", value: "code", help: "Only this kind of personal data" },
    limit: { type: "number", help: "How many at most (default: 100)" },
  },

  async run(cli, { subject, purpose, category, limit = 100 }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const nodes: ListPage["nodes"][number][] = [];
    let after: ListPage["next"] = null;
    let last: ListPage;
    do {
      last = await person.list({
        limit: Math.min(PAGE, limit - nodes.length),
        ...(purpose === undefined ? {} : { purpose }),
        ...(category === undefined ? {} : { category: category as "other" }),
        ...(after === null ? {} : { after }),
      });
      nodes.push(...last.nodes);
      after = last.next;
    } while (after !== null && nodes.length < limit);
    const rows = nodes.map(({ id, saidAt, createdAt, category, purposes, content }) => [
      id,
      day(saidAt ?? createdAt),
      category,
      purposes.join("+"),
      oneLine(content, 72),
    ]);
    const more = after === null ? "" : "; there are more: raise --limit";
    const { auditLog, auditIndex } = last;
    return {
      json: { nodes, more: after !== null, auditLog, auditIndex },
      text: [
        ...table(rows),
        `${memories(nodes.length)}, logged as ${auditLog}/${auditIndex}${more}`,
      ],
    };
  },
});
