import { text } from "node:stream/consumers";

import { command } from "../command.ts";
import { memories } from "../table.ts";
import { timeOf } from "../time.ts";
import { SUBJECT } from "../person.ts";

export const remember = command({
  name: "remember",
  summary: "Remember something about a person, for one purpose.",
  args: {
    subject: SUBJECT,
    content: { help: "What to remember; - reads it from standard input" },
  },
  flags: {
    purpose: { type: "string", value: "code", help: "Why it may be used (default: assistant)" },
    category: { type: "string", value: "code", help: "What kind of personal data it is" },
    jurisdiction: { type: "string", value: "code", help: "Where they live: chooses their region" },
    session: { type: "string", value: "name", help: "The conversation it belongs to" },
    speaker: { type: "string", value: "name", help: "Who said it" },
    at: { type: "string", value: "time", help: "When it was said: ISO 8601, UTC if not said" },
    event: { type: "string", value: "id", help: "Its source event: a replay is recognised" },
  },

  async run(
    cli,
    {
      subject,
      content,
      purpose = "assistant",
      category,
      session,
      speaker,
      at,
      event,
      jurisdiction,
    },
  ) {
    const what = content === "-" ? (await text(process.stdin)).trimEnd() : content;
    await using opened = await cli.open();
    const person = await opened.oubli.subject(subject, { jurisdiction });
    const chat = person.session({ purpose, ...(session === undefined ? {} : { thread: session }) });
    const done = await chat.remember(what, {
      ...(category === undefined ? {} : { category: category as "other" }),
      ...(speaker === undefined ? {} : { speaker }),
      ...(at === undefined ? {} : { at: timeOf(at, "--at") }),
      ...(event === undefined ? {} : { source: { system: "cli", event } }),
    });
    const known = done.auditIndex === null;
    return {
      json: { nodes: done.nodes, known, auditLog: done.auditLog, auditIndex: done.auditIndex },
      text: [
        known
          ? `Known already: ${done.nodes.join(", ")}`
          : `Remembered ${memories(done.nodes.length)}: ${done.nodes.join(", ")}`,
      ],
    };
  },
});
