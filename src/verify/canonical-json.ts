/** What JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** No entry is nested this deep; a text that is would only be there to exhaust the stack. */
const DEPTH_MAX = 32;

/**
 * Reads a JSON object whose text is canonical: keys sorted and each once, no space, numbers and
 * strings in their one spelling. `null` for every other text, so that two readers never see two
 * things in the same bytes.
 *
 * @source RFC 8785 (JSON Canonicalization Scheme) §3.2
 */
export function parseCanonicalObject(text: string): JsonObject | null {
  const value = parse(text);
  if (value === undefined || !isObject(value)) return null;
  return canonical(value, 0) === text ? value : null;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function canonical(value: Json, depth: number): string | null {
  if (depth > DEPTH_MAX) return null;
  if (typeof value === "string" && !value.isWellFormed()) return null;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value))
    return joined(
      value.map((member) => canonical(member, depth + 1)),
      "[]",
    );
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      const member = canonical(value[key]!, depth + 1);
      return member === null || !key.isWellFormed() ? null : `${JSON.stringify(key)}:${member}`;
    });
  return joined(members, "{}");
}

function joined(parts: readonly (string | null)[], brackets: string): string | null {
  return parts.includes(null) ? null : `${brackets[0]}${parts.join(",")}${brackets[1]}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}
