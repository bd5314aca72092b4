import type { Json } from "#kernel";

import { bytesOf } from "./keys.ts";
import type { Reply, Send } from "./connection.ts";

/** Elements in one part of a long list, set, hash or stream. */
const PART_ELEMENTS = 1000;

/** One part of what stands under a key. A short value has one. */
export type ValuePart = Readonly<Record<string, Json>>;

/** What stands under a key, in parts of bounded size. Nothing, when it vanished meanwhile. */
export async function* readValue(send: Send, key: string): AsyncGenerator<ValuePart> {
  const name = bytesOf(key);
  const type = String(await send("TYPE", name));
  if (type === "none") return;
  if (type === "string") {
    const value = await send("GET", name);
    if (value !== null) yield { type, value: shown(value) };
  } else if (type === "list") yield* list(send, name);
  else if (type === "stream") yield* stream(send, name);
  else if (type === "hash") yield* walked(send, "HSCAN", name, { type, pairs: true });
  else if (type === "zset") yield* walked(send, "ZSCAN", name, { type, pairs: true });
  else if (type === "set") yield* walked(send, "SSCAN", name, { type, pairs: false });
  // A module's own type: as the server writes it for another server.
  else yield { type, value: shown(await send("DUMP", name)) };
}

async function* list(send: Send, name: Uint8Array): AsyncGenerator<ValuePart> {
  for (let from = 0; ; from += PART_ELEMENTS) {
    const to = `${from + PART_ELEMENTS - 1}`;
    const part = (await send("LRANGE", name, `${from}`, to)) as readonly Reply[];
    if (part.length > 0) yield { type: "list", value: part.map(shown) };
    if (part.length < PART_ELEMENTS) return;
  }
}

async function* stream(send: Send, name: Uint8Array): AsyncGenerator<ValuePart> {
  for (let from = "-"; ;) {
    const answer = await send("XRANGE", name, from, "+", "COUNT", `${PART_ELEMENTS}`);
    const part = answer as readonly [Uint8Array, readonly Reply[]][];
    if (part.length > 0) yield { type: "stream", value: part.map((entry) => entry.map(shown)) };
    if (part.length < PART_ELEMENTS) return;
    from = `(${Buffer.from(part.at(-1)![0]).toString()}`;
  }
}

/** Elements that change while it walks may come twice; those that stay come at least once. */
async function* walked(
  send: Send,
  command: "HSCAN" | "SSCAN" | "ZSCAN",
  name: Uint8Array,
  { type, pairs }: { readonly type: string; readonly pairs: boolean },
): AsyncGenerator<ValuePart> {
  let cursor = "0";
  do {
    const answer = await send(command, name, cursor, "COUNT", `${PART_ELEMENTS}`);
    const [next, flat] = answer as [Uint8Array, readonly Reply[]];
    cursor = Buffer.from(next).toString();
    const shownFlat = flat.map(shown);
    const value = pairs ? inPairs(shownFlat) : shownFlat;
    if (value.length > 0) yield { type, value };
  } while (cursor !== "0");
}

function inPairs(flat: readonly Json[]): readonly Json[] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!]);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as text; other bytes as `{ base64 }`. */
function shown(reply: Reply): Json {
  if (!(reply instanceof Uint8Array)) return isList(reply) ? reply.map(shown) : reply;
  try {
    return decoder.decode(reply);
  } catch {
    return { base64: Buffer.from(reply).toString("base64") };
  }
}

function isList(reply: Reply): reply is readonly Reply[] {
  return Array.isArray(reply);
}
