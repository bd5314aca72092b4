import type { Json } from "#kernel";

import {
  nameOf,
  neverReturnedField,
  withoutNeverReturned,
  type Ban,
  type NeverReturned,
} from "./never-returned.ts";

/** Something that is held and not shown. */
export interface Withheld {
  /** Where: `content`, `metadata.password`, `data.notes`. */
  readonly field: string;
  /** `third-person`, a code of what is never returned, or a source's own word. */
  readonly reason: string;
  /** The article it rests on; `null` where a source did not say. */
  readonly law: string | null;
}

/** @source GDPR Art. 15(4), 20(4) (the rights of others) */
export const THIRD_PERSON = { reason: "third-person", law: "GDPR Art. 15(4)" } as const;

/**
 * A value without what is never returned. Fields are judged by their name, texts, numbers and names
 * by what they hold; a text that is JSON as what it tells. What a hidden field holds is not looked
 * at.
 */
export function screened(
  value: Json,
  field: string,
  ban: Ban,
): { readonly value: Json; readonly withheld: readonly Withheld[] } {
  const withheld: Withheld[] = [];
  const withhold = (kind: NeverReturned, path: string): string => {
    withheld.push({ field: path, reason: kind, law: ban.law });
    return nameOf(kind);
  };

  const screenText = (part: string, path: string): string => {
    const inner = jsonIn(part);
    const before = withheld.length;
    const told = inner === null ? part : screen(inner, path);
    const rest = withheld.length === before ? part : JSON.stringify(told);
    const { text, found } = withoutNeverReturned(rest, ban);
    for (const kind of found) withhold(kind, path);
    return text;
  };

  const screenList = (list: readonly Json[], path: string): Json => {
    // A field as a pair of its name and what it holds.
    const [name, ...rest] = list;
    const kind = rest.length === 1 ? labelled(name, rest[0]!, ban) : null;
    if (kind !== null) return [name!, withhold(kind, path)];
    return list.map((each) => screen(each, path));
  };

  const screenFields = (fields: { readonly [name: string]: Json | undefined }, path: string) => {
    const label = Object.entries(fields).find(([name]) => LABEL.test(name))?.[1];
    const shown = new Map<string, Json>();
    for (const [name, inner = null] of Object.entries(fields)) {
      const { text: said, found } = withoutNeverReturned(name, ban);
      for (const kind of found) withhold(kind, path);
      const place = `${path}.${said}`;
      const known = kindOf(name, inner, ban);
      const kind = known ?? (VALUE.test(name) ? labelled(label, inner, ban) : null);
      if (kind !== null) withhold(kind, place);
      else shown.set(free(said, shown), screen(inner, place));
    }
    // Not by assignment: a field may be called `__proto__`.
    return Object.fromEntries(shown);
  };

  const screen = (part: Json, path: string): Json => {
    if (typeof part === "string") return screenText(part, path);
    if (typeof part === "number") {
      const text = String(part);
      const said = screenText(text, path);
      return said === text ? part : said;
    }
    if (typeof part !== "object" || part === null) return part;
    return Array.isArray(part)
      ? screenList(part as readonly Json[], path)
      : screenFields(part as { [name: string]: Json | undefined }, path);
  };
  return { value: screen(value, field), withheld };
}

/** `{ "name": "password", "value": "…" }`: one names the field, the other is what it holds. */
const LABEL = /^(?:name|key|field|label|attribute|property|type)$/i;
const VALUE = /^(?:value|val|text|content|data)$/i;

function labelled(label: Json | undefined, value: Json, ban: Ban): NeverReturned | null {
  return typeof label === "string" && !NAMES.test(label) ? kindOf(label, value, ban) : null;
}

/** People and things are called that, too. */
const NAMES = /^(?:iris|pan|sin)$/i;

/** What is yes, no or nothing is no secret, whatever it is called. */
function kindOf(name: string, value: Json, ban: Ban): NeverReturned | null {
  if (value === null || typeof value === "boolean") return null;
  const social = /^social$/i.test(name) && /^\d{9}$/.test(String(value));
  return neverReturnedField(social ? "ssn" : name, ban) ?? bytesKind(name, value, ban);
}

/** `{ "base64": "…" }`: how bytes are shown. They may be a text. */
function bytesKind(name: string, value: Json, ban: Ban): NeverReturned | null {
  if (name !== "base64" || typeof value !== "string") return null;
  return withoutNeverReturned(Buffer.from(value, "base64").toString(), ban).found[0] ?? null;
}

/** Two names may be withheld alike: neither field takes the other's place. */
function free(name: string, taken: ReadonlyMap<string, Json>): string {
  let given = name;
  for (let at = 2; taken.has(given); at += 1) given = `${name} (${at})`;
  return given;
}

/** How deep what a text tells is looked into. */
const NESTING_MAX = 64;

/** What a text tells, if it is a JSON object or array; `null`: it is words. */
function jsonIn(text: string): Json | null {
  if (!/^\s*[[{]/.test(text) || nesting(text) > NESTING_MAX) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/**
 * Whether a memory was said by somebody else. A name counts as the person's own when it is the one
 * that the directory has for them, or one that they are known to go by.
 */
export function isAnothers(
  { role, speaker }: { readonly role: string | null; readonly speaker: string | null },
  names: ReadonlySet<string>,
): boolean {
  return (role === null || role === "user") && speaker !== null && !names.has(nameKey(speaker));
}

/** A name as it is compared: `Ada `, `ada` and `ADA` are one. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}
