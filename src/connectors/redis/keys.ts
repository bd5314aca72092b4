import { hasStar, matcherOf, nameOf, type Template } from "../template.ts";
import type { Send } from "./connection.ts";

/** A hint: how many keys the server looks at before it serves somebody else. */
const SCAN_KEYS = "1000";

/** Keys as bytes in a string of one character each: so they are compared, and sent, unchanged. */
export const binary = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const bytesOf = (key: string): Uint8Array => Buffer.from(key, "latin1");
export const plainText = (key: string): string => Buffer.from(key, "latin1").toString("utf8");

/**
 * Every key that was there from the start of the walk to its end, in steps between which the
 * server does other things. A key may come more than once.
 *
 * @param glob What the server looks for; all keys without.
 */
export async function* scan(send: Send, glob?: string): AsyncGenerator<readonly string[]> {
  let cursor = "0";
  do {
    const match = glob === undefined ? [] : ["MATCH", bytesOf(glob)];
    const answer = (await send("SCAN", cursor, ...match, "COUNT", SCAN_KEYS)) as [Buffer, Buffer[]];
    cursor = answer[0].toString("latin1");
    yield answer[1].map((key) => key.toString("latin1"));
  } while (cursor !== "0");
}

/** A text in a pattern of `SCAN`, where it stands for itself. */
export function globEscaped(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, "\\$&");
}

/** The server narrows down; what counts is whether the name is the person's. Each key once. */
export async function* keysOf(
  send: Send,
  template: Template,
  value: string,
): AsyncGenerator<readonly string[]> {
  if (!hasStar(template)) {
    const key = binary(nameOf(template, value));
    if (Number(await send("EXISTS", bytesOf(key))) > 0) yield [key];
    return;
  }
  const name = `${glob(template.before)}${globEscaped(value)}${glob(template.after)}`;
  const matcher = binaryMatcher(template, value);
  const seen = new Set<string>();
  for await (const keys of scan(send, binary(name))) {
    const found = keys.filter((key) => matcher.test(key) && !seen.has(key));
    for (const key of found) seen.add(key);
    if (found.length > 0) yield [...new Set(found)];
  }
}

const glob = (part: string): string => part.split("*").map(globEscaped).join("*");

/** As {@link matcherOf}, of keys as bytes. */
export function binaryMatcher(template: Template, value: string): RegExp {
  const { before, after, separator } = template;
  const inBytes = { before: binary(before), after: binary(after), separator: binary(separator) };
  return matcherOf({ ...template, ...inBytes }, binary(value));
}
