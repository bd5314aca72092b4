import { lastDayOf } from "#law";
import type { RequestRight } from "#rights";

import { command } from "../command.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { requestAnswer } from "../request-answer.ts";
import { timeOf } from "../time.ts";

export const requestNew = command({
  name: "request new",
  summary: "Take in what a person asks for. Shows its dates unless --execute is given.",
  args: { person: { help: "Who asks, as the application calls them; known or not" } },
  flags: {
    right: {
      type: "string",
      value: "right",
      required: true,
      help: "access, erasure, rectification, restriction, portability, objection, opt-out, limit-use, accounting",
    },
    manner: { type: "string", value: "code", help: "How it came: a mechanism (default: letter)" },
    received: { type: "string", value: "time", help: "When it came (default: now)" },
    known: { type: "boolean", help: "You know that it is them; else they get a one-time code" },
    language: { type: "string", value: "tag", help: "Of the letters (default: en)" },
    details: { type: "string", value: "text", help: "In their own words: sealed" },
    purpose: { type: "list", value: "code", help: "Which purposes: an objection, an opt-out" },
    ground: { type: "string", value: "code", help: "On which ground: a restriction" },
    identifier: IDENTIFIER,
    recipients: { type: "boolean", help: "They ask who is told of it" },
    execute: { type: "boolean", help: "Write it down; an opt-out is carried out at once" },
  },
  details: [
    "The code is for the person, over a way that is on record: never one that came with it.",
  ],

  async run(cli, { person, right: asked, manner = "letter", received, known, execute, ...more }) {
    await using opened = await cli.open();
    const right = asked as RequestRight;
    const { requests } = opened.only();
    const { language, details, purpose, ground, identifier, recipients } = more;
    const asking = {
      person,
      right,
      manner,
      identity: known ? "session" : "code",
      ...(received === undefined ? {} : { receivedAt: timeOf(received, "--received") }),
      ...(language === undefined ? {} : { language }),
      ...(details === undefined ? {} : { details }),
      ...(purpose.length === 0 ? {} : { purposes: [...purpose] }),
      ...(ground === undefined ? {} : { ground }),
      ...(recipients ? { recipients } : {}),
      ...(identifier.length === 0 ? {} : { identifiers: identifiersOf(identifier) }),
    } as const;
    if (!execute) {
      const clocks = requests.plan(asking);
      return {
        json: { status: "planned", right, ...clocks },
        text: [
          `The answer would be due by ${lastDayOf(clocks.answerBy)}.`,
          ...clocks.statutory.map(({ law, dueAt }) => `  ${law}: ${lastDayOf(dueAt)}`),
          "Nothing was written. Run again with --execute.",
        ],
      };
    }
    const { request, code } = await requests.receive(asking);
    const answer = requestAnswer(request);
    const text = code === null ? [] : ["", `One-time code for the person: ${code}`];
    return { ...answer, json: { ...request, code }, text: [...answer.text, ...text] };
  },
});
