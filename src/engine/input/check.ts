import type { z } from "zod";

import { oddPart } from "#kernel";

import { declaredPath, inputError, issueError, unreadable, valueAt } from "./rejection.ts";

/** Deeper than any shape. */
const DEPTH = 6;

/**
 * Checks a value against its shape.
 *
 * @param depth How far down it has to be plain data; less where objects of a class are taken.
 * @throws {OubliError} `INPUT_INVALID` with the field's path, what was given (its kind and size,
 *   never its text) and what is accepted.
 */
export function check<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  field: string,
  { depth = DEPTH }: { readonly depth?: number } = {},
): z.output<Shape> {
  const odd = oddPart(value, { depth, dates: true });
  if (odd?.unreadable) throw unreadable([field, ...declaredPath(odd.path)]);
  const result = parse(shape, value);
  if (result?.success === false) throw issueError(field, value, result.error.issues[0]!);
  if (odd) {
    const path = [field, ...declaredPath(odd.path)];
    throw inputError(path, valueAt(value, odd.path), "plain data");
  }
  if (result === null) throw unreadable([field]);
  return result.data;
}

/** `null` when reading the value threw, all the same. */
function parse<Shape extends z.ZodType>(shape: Shape, value: unknown) {
  try {
    return shape.safeParse(value);
  } catch {
    return null;
  }
}
