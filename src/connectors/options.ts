/** A connector's own options, checked strictly; `defineSource` checks those that all share. */
import { describe, isCode, OubliError, pathWord, type Word } from "#kernel";
import type { SourceInput } from "#sources";
import * as z from "zod";

/** What every connector is told of its system. */
export type CommonOptions = Pick<
  SourceInput,
  | "name"
  | "tenant"
  | "tier"
  | "eraseAfter"
  | "region"
  | "processor"
  | "backupsEnd"
  | "keep"
  | "deadlineMs"
>;

export const code = text(isCode, "a code: a-z 0-9 _ -, at most 64 characters");

export function text(holds: (value: string) => boolean, accepted: string) {
  return z.string().refine(holds, accepted);
}

/**
 * An object with these keys and no other.
 *
 * @param instead Of keys that somebody may look for here: what there is in their place.
 */
export function strict<Shape extends z.ZodRawShape>(
  shape: Shape,
  instead: Readonly<Record<string, string>> = {},
) {
  const error = (issue: z.core.$ZodRawIssue) => {
    if (issue.code !== "unrecognized_keys") return undefined;
    const known = issue.keys.find((key) => Object.hasOwn(instead, key));
    return known === undefined ? `only ${Object.keys(shape).join(" | ")}` : instead[known];
  };
  return z.strictObject(shape, { error });
}

/** The options that `defineSource` takes, and those of the connector alone. */
export function parted<Options extends CommonOptions, Shape extends z.ZodRawShape>(
  options: Options,
  shape: Shape,
): { readonly common: CommonOptions; readonly own: z.output<z.ZodObject<Shape>> } {
  if (typeof options !== "object" || options === null) {
    throw optionInvalid("source", [], options, "an object");
  }
  const entries = Object.entries(options);
  const own = Object.fromEntries(entries.filter(([key]) => Object.hasOwn(shape, key)));
  const common = Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(shape, key)));
  const result = z.object(shape).safeParse(own);
  if (result.success) return { common: common as unknown as CommonOptions, own: result.data };
  const issue = result.error.issues[0]!;
  throw optionInvalid(options.name, issue.path, at(own, issue.path), accepted(issue));
}

/**
 * `CONFIG_INVALID` with the field and what is accepted; of what was given its kind alone, since an
 * address holds a password.
 *
 * @param accepts In words of this code.
 */
export function optionInvalid(
  source: unknown,
  path: readonly PropertyKey[],
  given: unknown,
  accepts: string,
): OubliError {
  return new OubliError("CONFIG_INVALID", {
    field: pathWord(["sources", isCode(source) ? source : "source", ...path]),
    given: describe(given),
    accepted: accepts as Word,
  });
}

function accepted(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(" | ");
  const own = issue.code === "custom" || issue.code === "unrecognized_keys";
  return own ? issue.message : issue.message.replace(/^.*expected /, "");
}

function at(given: unknown, path: readonly PropertyKey[]): unknown {
  let part = given;
  for (const key of path) part = (part as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return part;
}
