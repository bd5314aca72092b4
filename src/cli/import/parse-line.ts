import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import { CATEGORY_IDS } from "#policy";
import * as z from "zod";

import { parseTime } from "../time.ts";

/** One memory of a line, in the terms of `remember`. */
export interface ImportMemory {
  readonly content: string;
  readonly speaker: string | null;
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly category: string | null;
  readonly purpose: string | null;
  readonly at: Date | null;
  /** The source event's id; `null`: a replay of it cannot be recognised. */
  readonly event: string | null;
}

/** What one line holds: memories of one person and of one conversation, in order. */
export interface ImportLine {
  readonly subject: string | null;
  readonly session: string | null;
  readonly memories: readonly ImportMemory[];
}

export type ParsedLine =
  | { readonly ok: true; readonly line: ImportLine }
  /** Which field, and what is accepted: never what was there. */
  | { readonly ok: false; readonly reason: string };

/** One field too many is answered with those that there are. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? Object.keys(shape).join(", ") : undefined),
  });
}

const name = z.string().trim().min(1);
const time = z.string().transform((text, context) => {
  const parsed = parseTime(text);
  if (parsed === null) context.addIssue("an ISO 8601 time");
  return parsed;
});

const common = {
  speaker: name.optional(),
  role: z.enum(["user", "assistant", "system", "tool"]).optional(),
  category: z.enum(CATEGORY_IDS as readonly string[]).optional(),
  purpose: name.optional(),
};

const turn = strict({
  id: z.union([name, z.number().int()]).transform(String),
  text: z.string(),
  /** What a shared picture showed. */
  image: z.string().optional(),
  ...common,
});

const conversation = strict({
  subject: name.optional(),
  session: z.union([name, z.number().int()]).transform(String),
  time: time.optional(),
  turns: z.array(turn).min(1),
});

const simple = strict({
  subject: name.optional(),
  session: name.optional(),
  id: z.union([name, z.number().int()]).transform(String).optional(),
  content: z.string(),
  time: time.optional(),
  ...common,
});

/**
 * Reads one line of JSON: a session
 * `{subject, session, time, turns: [{id, speaker, text, image}]}`, or one memory `{content, …}`.
 */
export function parseLine(text: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null) return { ok: false, reason: "not an object" };
  const result =
    "turns" in value
      ? conversation.transform(conversationLine).safeParse(value)
      : simple.transform(simpleLine).safeParse(value);
  if (result.success) return { ok: true, line: result.data };
  return { ok: false, reason: reasonOf(result.error.issues[0]!) };
}

/** The lines of a file that can be read, without those that cannot. */
export async function* linesOf(path: string): AsyncGenerator<ImportLine> {
  for await (const text of textLines(path)) {
    const parsed = parseLine(text);
    if (parsed.ok) yield parsed.line;
  }
}

export function textLines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Infinity });
}

function conversationLine(given: z.output<typeof conversation>): ImportLine {
  const { subject = null, session, time: at = null, turns } = given;
  const memories = turns.map((turn) => {
    const content = turn.image === undefined ? turn.text : `${turn.text}\n[picture: ${turn.image}]`;
    const event = [subject ?? "", session, turn.id].join("/");
    return memoryOf(turn, { content, at, event });
  });
  return { subject, session, memories };
}

function simpleLine(given: z.output<typeof simple>): ImportLine {
  const { subject = null, session = null, id, content, time: at = null, ...rest } = given;
  const event = id === undefined ? null : [subject ?? "", session ?? "", id].join("/");
  return { subject, session, memories: [memoryOf(rest, { content, at, event })] };
}

function memoryOf(
  { speaker, role, category, purpose }: Partial<z.output<typeof turn>>,
  said: Pick<ImportMemory, "content" | "at" | "event">,
): ImportMemory {
  return {
    ...said,
    speaker: speaker ?? null,
    role: role ?? (speaker?.toLowerCase() === "assistant" ? "assistant" : "user"),
    category: category ?? null,
    purpose: purpose ?? null,
  };
}

/** A field's path and what it takes. A key that no programmer wrote may be anything: not named. */
function reasonOf(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join(".") || "the line";
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = issue.keys.find((key) => /^[a-z][A-Za-z0-9_]{0,63}$/.test(key));
      const named = known === undefined ? "a field" : `a field ${known}`;
      return `${field} has ${named} that is not known; known are ${issue.message}`;
    }
    case "invalid_type":
      return `${field} must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return `${field} must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return `${field} must be a text that is not blank, or a whole number`;
    case "too_small":
      return `${field} must not be empty`;
    case "custom":
      return `${field} must be ${issue.message}`;
    default:
      return `${field} is not accepted`;
  }
}
