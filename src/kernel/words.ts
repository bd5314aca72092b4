declare const written: unique symbol;

/**
 * A word that code or configuration wrote: a purpose, a field's path, a reason code. Never a
 * person's data, so it may stand in an error and in the audit log.
 */
export type Word = string & { readonly [written]: true };

const WORD_SHAPE = /^[A-Za-z0-9][A-Za-z0-9_.:[\]-]{0,127}$/;
const CODE_SHAPE = /^[a-z][a-z0-9_-]{0,63}$/;

/** Marks a literal in the source as a word. A runtime string does not type-check here. */
export function word<const Text extends string>(literal: string extends Text ? never : Text): Word {
  return literal as string as Word;
}

/** The controller where no other is named. */
export const DEFAULT_TENANT = word("default");

/** Who an entry is about that concerns no controller alone. */
export const ALL_TENANTS = word("all");

/** Whether a text has the shape of a configured code: `a-z 0-9 _ -`, at most 64 characters. */
export function isCode(text: unknown): text is Word {
  return typeof text === "string" && CODE_SHAPE.test(text);
}

/** A field's path as a word; a path that holds anything else is cut to its first part. */
export function pathWord(parts: readonly PropertyKey[]): Word {
  const path = parts.map(String).join(".");
  return (WORD_SHAPE.test(path) ? path : "input") as Word;
}

/** What was given, by kind and size only: enough to mend a call, too little to leak a person. */
export function describe(value: unknown): Word {
  return describeText(value) as Word;
}

function describeText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return `a string of ${characters(value.length)}`;
  return typeof value === "object" ? describeObject(value) : `a ${typeof value}`;
}

const characters = (length: number) => (length === 1 ? "1 character" : `${length} characters`);

function describeObject(value: object): string {
  try {
    return objectText(value);
  } catch {
    return "a value that cannot be read"; // A proxy, whose traps may throw anything.
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return "a date";
  return "an object";
}
