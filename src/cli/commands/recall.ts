import { command } from "../command.ts";
import { personOf, SUBJECT } from "../person.ts";
import { day, oneLine } from "../table.ts";

export const recall = command({
  name: "recall",
  summary: "Recall what a person's memories say to a question. Logged before it is shown.",
  args: {
    subject: SUBJECT,
    question: { help: "What is asked; left out: the newest memories", optional: true },
  },
  flags: {
    purpose: { type: "string", value: "code", help: "What it is asked for (default: assistant)" },
    limit: { type: "number", help: "How many memories at most (default: 10)" },
    context: { type: "boolean", help: "Print the text block for a prompt instead" },
    tokens: { type: "number", help: "Room for that block (default: 1000)" },
    explain: { type: "boolean", help: "Say how many memories each guard withheld" },
  },

  async run(cli, { subject, question, purpose = "assistant", limit, context, tokens, explain }) {
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const found = await person.session({ purpose }).recall(question ?? "", {
      explain,
      ...(limit === undefined ? {} : { limit }),
      ...(tokens === undefined ? {} : { tokens }),
    });
    const { nodes, why } = found;
    if (context) return { json: found, text: found.context === "" ? [] : [found.context] };
    const withheld = Object.entries(why.withheld ?? {});
    return {
      json: found,
      text: [
        ...nodes.map(({ id, saidAt, createdAt, speaker, content, category }) => {
          const who = speaker === null ? "" : `${oneLine(speaker)}: `;
          return `${id}  ${day(saidAt ?? createdAt)}  ${category}  ${who}${oneLine(content)}`;
        }),
        ...(nodes.length === 0 ? ["Nothing that this purpose may see."] : []),
        `Logged as ${why.auditLog}/${why.auditIndex}; guards: ${why.guards.join(", ")}.`,
        ...withheld.map(([guard, number]) => `Withheld by ${guard}: ${number}`),
      ],
    };
  },
});
