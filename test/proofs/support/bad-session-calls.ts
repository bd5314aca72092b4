import type { BadCall, BadWorld } from "./bad-calls.ts";
import { NO_FIELDS, PAST, TEXTS, type BadName } from "./bad-values.ts";

const chat = ({ ada }: BadWorld) => ada.session({ purpose: "support" });

/** A memory's fields are options of the call, or of one message. */
const EITHER = (key: string): readonly string[] => [`options.${key}`, key];

/** Every parameter, and every field of every options object, of a session. */
export const BAD_SESSION_CALLS: Readonly<Record<string, BadCall>> = {
  "session.remember": {
    field: "what",
    call: (world, value) => chat(world).remember(value),
    takes: TEXTS,
  },
  "session.remember: options": {
    field: "options",
    call: (world, value) => chat(world).remember("tea", value),
    takes: NO_FIELDS,
  },
  "session.remember: category": remembering("category", ["undefined"]),
  "session.remember: metadata": remembering("metadata", NO_FIELDS, EITHER("metadata")),
  "session.remember: a metadata value": {
    field: "options.metadata",
    call: (world, note) => chat(world).remember("tea", { metadata: { note } }),
    takes: [
      ...[...TEXTS, "an empty text", "a blank text", "null", "true", "zero", "minus one"],
      ...["one and a half", "a number beyond safe integers"],
    ] as BadName[],
  },
  "session.remember: source": remembering("source", ["undefined"]),
  "session.remember: source.event": {
    field: "options.source.event",
    call: (world, event) => chat(world).remember("tea", { source: { system: "crm", event } }),
    takes: TEXTS,
  },
  "session.remember: at": remembering("at", ["undefined", ...PAST], EITHER("at")),
  "session.remember: expiresAt": remembering(
    "expiresAt",
    ["undefined", "a date in the future"],
    EITHER("expiresAt"),
  ),
  "session.remember: speaker": remembering("speaker", ["undefined", ...TEXTS]),
  "session.remember: purposes": remembering("purposes", ["undefined"]),
  "session.remember: idempotencyKey": remembering("idempotencyKey", ["undefined", ...TEXTS]),
  "session.remember: a message": {
    field: "what",
    call: (world, value) => chat(world).remember([value]),
  },
  "session.remember: a message's role": {
    field: "what",
    call: (world, role) => chat(world).remember([{ role, content: "tea" }]),
  },
  "session.remember: a message's content": {
    field: "what",
    call: (world, content) => chat(world).remember([{ role: "user", content }]),
    takes: TEXTS,
  },
  "session.recall": {
    field: "query",
    call: (world, value) => chat(world).recall(value),
    takes: [...TEXTS, "an empty text", "a blank text"],
  },
  "session.recall: options": {
    field: "options",
    call: (world, value) => chat(world).recall("tea", value),
    takes: NO_FIELDS,
  },
  "session.recall: limit": recalling("limit", ["undefined"]),
  "session.recall: tokens": recalling("tokens", ["undefined"]),
  "session.recall: explain": recalling("explain", ["undefined", "true"]),
  "session.block": {
    field: "name",
    call: (world, name) => chat(world).block(name, "tea"),
    takes: ["a text as a code"],
  },
  "session.block: query": {
    field: "query",
    call: (world, query) => chat(world).block("profile", query),
    takes: [...TEXTS, "an empty text", "a blank text"],
  },
  "session.block: options": {
    field: "options",
    call: (world, value) => chat(world).block("profile", "tea", value),
    takes: NO_FIELDS,
  },
  "session.derive": {
    field: "sources",
    call: (world, value) => chat(world).derive(value, () => "x"),
  },
  "session.derive: by": {
    field: "by",
    call: (world, by) => chat(world).derive([world.nodes[0]!], by),
    takes: ["a function"],
  },
  "session.derive: what the function answers": {
    field: "derived",
    call: (world, value) => chat(world).derive([world.nodes[0]!], () => value),
    takes: [...TEXTS, "a promise"],
  },
  "session.disclose": {
    field: "processor",
    call: (world, to) => chat(world).disclose(to, [world.nodes[0]!], () => {}),
    codes: ["INPUT_INVALID", "PROCESSOR_REFUSED"],
  },
  "session.disclose: nodes": {
    field: "nodes",
    call: (world, nodes) => chat(world).disclose("model", nodes, () => {}),
  },
  "session.disclose: send": {
    field: "send",
    call: (world, send) => chat(world).disclose("model", [world.nodes[0]!], send),
    // Nobody registered that processor, so the function is never run.
    codes: ["INPUT_INVALID", "PROCESSOR_REFUSED"],
  },
  "subject.disclosures": {
    field: "page",
    call: ({ ada }, page) => ada.self().disclosures(page),
    takes: NO_FIELDS,
  },
  "subject.disclosures: from": {
    field: "page.from",
    call: ({ ada }, from) => ada.self().disclosures({ from }),
    takes: ["undefined", "zero"],
  },
  "subject.disclosures: limit": {
    field: "page.limit",
    call: ({ ada }, limit) => ada.self().disclosures({ limit }),
    takes: ["undefined"],
  },
  "session.link": {
    field: "ends",
    call: (world, from) => chat(world).link(from, world.nodes[0]!, "beside"),
  },
  "session.link: to": {
    field: "ends",
    call: (world, to) => chat(world).link(world.nodes[0]!, to, "beside"),
  },
  "session.link: relation": {
    field: "relation",
    call: (world, relation) => chat(world).link(world.nodes[0]!, world.nodes[2]!, relation),
    takes: ["a text as a code"],
  },
  "session.neighbours": { field: "node", call: (world, value) => chat(world).neighbours(value) },
  "session.onErased": {
    field: "listener",
    call: (world, value) => chat(world).onErased(value),
    takes: ["a function"],
  },
};

function remembering(
  key: string,
  takes: readonly BadName[],
  field: BadCall["field"] = `options.${key}`,
): BadCall {
  return { field, takes, call: (world, value) => chat(world).remember("tea", { [key]: value }) };
}

function recalling(key: string, takes: readonly BadName[]): BadCall {
  return {
    field: `options.${key}`,
    takes,
    call: (world, value) => chat(world).recall("tea", { [key]: value }),
  };
}
