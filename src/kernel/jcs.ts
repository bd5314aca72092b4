/** What canonical JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The one canonical text of a JSON value: object keys sorted by UTF-16 code units, numbers and
 * strings as ECMAScript writes them, no space. Keys whose value is `undefined` are left out.
 *
 * @throws {TypeError} for a number that is not finite, or a string with a lone surrogate: neither
 *   has a canonical form.
 * @source RFC 8785 (JSON Canonicalization Scheme) §3.2
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "string") return canonicalString(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${canonicalString(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** {@link canonicalJson} as UTF-8 bytes. */
export function canonicalBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("a canonical number is finite");
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new TypeError("a canonical string is well-formed Unicode");
  return JSON.stringify(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
