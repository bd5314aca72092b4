import type { Writable } from "node:stream";

import { z } from "zod";

import { ID_PREFIXES, isCode, isId, LIMITS, type EpochMs, type Id, type IdKind } from "#kernel";
import { CATEGORY_IDS, type CategoryId } from "#policy";
import { IDENTIFIER_KIND } from "#sources";

/** The names of all fields that any shape declares. */
export const declared = new Set(["json"]);

export const text = (bytesMax: number) =>
  z
    .string()
    .refine((value) => value.isWellFormed(), "well-formed Unicode")
    .refine((value) => value.trim() !== "", "not blank")
    .refine((value) => Buffer.byteLength(value) <= bytesMax, `at most ${bytesMax} bytes of UTF-8`);

export const code = z.string().refine(isCode, "a code: a-z, 0-9, _ and -, at most 64 characters");
export const version = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "letters, digits, _ . -");
export const instant = z
  .union([z.date(), z.number().int()])
  .transform((value) => Number(value) as EpochMs)
  .refine(
    (value) => Number.isSafeInteger(value) && value >= 0,
    "a moment from 1970 on, as a Date or in ms",
  );
export const category = z.enum(
  CATEGORY_IDS as readonly string[] as readonly [CategoryId, ...CategoryId[]],
);
export const nodeId = id("node");
export const callback = z.custom<(...given: never[]) => unknown>(isFunction, "a function");

export const path = text(4096).refine((value) => !value.includes("\0"), "a path without NUL");

/** Bytes have a `write`, too. */
export const sink = z.custom<Writable>(
  (value) => value instanceof Object && "write" in value && "once" in value,
  "a stream that takes bytes",
);

const KINDS_MAX = 32;

/** Further names by which other systems know a person; an empty text: they have none. */
export const identifiers = z
  .record(
    z.string().regex(IDENTIFIER_KIND, "a kind, such as email"),
    z.string().refine(isName, `empty, or a text of at most ${LIMITS.externalIdBytesMax} bytes`),
  )
  .refine((all) => Object.keys(all).length <= KINDS_MAX, `at most ${KINDS_MAX} of them`);

function isName(value: string): boolean {
  return value === "" || text(LIMITS.externalIdBytesMax).safeParse(value).success;
}

/** A list without repetitions. It has a limit, so that an audit entry which holds it has one. */
export function unique<Item extends z.ZodType>(item: Item, { least = 0, most }: Bounds) {
  return z
    .array(item)
    .min(least)
    .max(most)
    .refine((items) => new Set(items).size === items.length, "each only once")
    .readonly();
}

interface Bounds {
  readonly least?: number;
  readonly most: number;
}

/** An object with these fields and no other; one too many is answered with those that are taken. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  for (const key of Object.keys(shape)) declared.add(key);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? Object.keys(shape).join(" | ") : undefined,
  });
}

function isFunction(value: unknown): value is (...given: never[]) => unknown {
  return typeof value === "function";
}

export function holding(name: string) {
  return z.custom<object>(
    (value) => typeof value === "object" && value !== null && isFunction(Reflect.get(value, name)),
    `an object with a function ${name}`,
  );
}

export function id<Kind extends IdKind>(name: Kind) {
  const shape = z.custom<Id<Kind>>((value) => isId(name, value), `an id: ${ID_PREFIXES[name]}_…`);
  // Only what comes out is known to be an id: a caller gives what a request or a file held.
  return shape as z.ZodType<Id<Kind>, string>;
}
