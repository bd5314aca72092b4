import type { z } from "zod";

import { describe, isCode, OubliError, pathWord, word, type Word } from "#kernel";

import { accepted, innermost } from "./accepted.ts";
import { declared } from "./fields.ts";
import { isSlip } from "./slip.ts";

/** The error of a value that is not accepted: where it stands, its kind, and what would be. */
export function inputError(
  path: readonly PropertyKey[],
  value: unknown,
  wanted: string,
): OubliError {
  return refusal(path, describe(value), wanted);
}

/** Shows what was given where it is a slip in writing one of the words that were wanted. */
export function wordError(
  path: readonly PropertyKey[],
  value: unknown,
  wanted: string,
): OubliError {
  const slip = isCode(value) && wanted.split(" | ").some((word) => isSlip(value, word));
  return slip ? refusal(path, value, wanted) : inputError(path, value, wanted);
}

function refusal(path: readonly PropertyKey[], given: Word | number, wanted: string): OubliError {
  return new OubliError("INPUT_INVALID", {
    field: pathWord(path),
    given,
    accepted: wanted as Word,
  });
}

/** What zod found, in our words: never a part of the input. */
export function issueError(field: string, value: unknown, outer: z.core.$ZodIssue): OubliError {
  const issue = innermost(outer);
  const path = [field, ...declaredPath(issue.path)];
  const wanted = accepted(issue);
  if (issue.code === "invalid_value") return wordError(path, valueAt(value, issue.path), wanted);
  return refusal([...path, ...undeclared(issue)], given(issue, value), wanted);
}

/**
 * The field that no shape declares, where it looks like one that a programmer wrote. What else
 * stands in its place may be a person's: an address, or the application's own id.
 */
function undeclared(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== "unrecognized_keys") return [];
  return issue.keys.filter((key) => /^[a-z][A-Za-z0-9_]{0,63}$/.test(key)).slice(0, 1);
}

export function unreadable(path: readonly PropertyKey[]): OubliError {
  const given = word("a value that cannot be read");
  return refusal(path, given, "a value that can be read");
}

/** Up to the first key that is the caller's own: errors end in logs. */
export function declaredPath(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const own = path.findIndex((part) => !declared.has(String(part)) && !/^\d+$/.test(String(part)));
  return own === -1 ? path : path.slice(0, own);
}

function given(issue: z.core.$ZodIssue, value: unknown): Word | number {
  if (issue.code === "unrecognized_keys") return word("an undeclared field");
  if (issue.code === "invalid_key") return word("another key");
  const found = valueAt(value, issue.path);
  return typeof found === "number" && asksForNumber(issue) ? found : describe(found);
}

/** Where a number was asked for, it is shown; where a text was, it could be a telephone's. */
function asksForNumber(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "invalid_type") return issue.expected === "int" || issue.expected === "number";
  return issue.code === "too_big" || issue.code === "too_small";
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  try {
    return path.reduce<unknown>(
      (inner, key) =>
        inner === null || typeof inner !== "object" ? inner : Reflect.get(inner, key),
      value,
    );
  } catch {
    return undefined;
  }
}
