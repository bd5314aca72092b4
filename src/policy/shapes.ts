import { isCode } from "#kernel";
import * as z from "zod";

export const code = text(isCode, "a code: a-z 0-9 _ -, at most 64 characters");

/** An object with these keys and no other; `accepted` is what anything else is answered with. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape, accepted?: string) {
  return z.strictObject(shape, onlyKeys(Object.keys(shape), accepted));
}

/** A key too many is answered with the keys that are taken. */
export function onlyKeys(keys: readonly string[], accepted?: string) {
  return {
    error: (issue: z.core.$ZodRawIssue) =>
      issue.code === "unrecognized_keys" ? keys.join(" | ") : accepted,
  };
}

/** Another kind of value is answered with `accepted`, too: "a string" mends nothing. */
export function text(holds: (value: string) => boolean, accepted: string) {
  return z.string({ error: accepted }).refine(holds, { params: { accepted } });
}

/** A list of at least one, unless `least` says otherwise, without repetitions. */
export function unique<Item extends z.ZodType>(item: Item, least = 1) {
  return z
    .array(item)
    .min(least)
    .refine((items) => new Set(items).size === items.length, {
      params: { accepted: "each only once" },
    });
}
