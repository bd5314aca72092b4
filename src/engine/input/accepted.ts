import type { z } from "zod";

/** What would have been accepted, in words of the schema: never a part of the input. */
export function accepted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kind(issue.expected);
    case "invalid_value":
      return issue.values.map(String).join(" | ");
    case "too_big":
      return `at most ${issue.maximum}`;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "unrecognized_keys":
      return `only ${issue.message}`;
    case "invalid_key":
      return accepted(issue.issues[0]!);
    case "invalid_union":
      return unionAccepted(issue);
    default:
      return issue.message;
  }
}

function kind(expected: string): string {
  if (expected === "int") return "a whole number";
  if (expected === "date") return "a Date";
  return `${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}

function unionAccepted(issue: z.core.$ZodIssueInvalidUnion): string {
  const wanted = furthest(issue);
  const words = new Set(wanted.map(([inner]) => accepted(inner!)));
  return [...words].join(" | ") || "another kind of value";
}

/** Inside a union: the complaint of the option that came furthest, where one did. */
export function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const [option, ...others] = furthest(issue);
  if (option === undefined || others.length > 0) return issue;
  const [inner] = option;
  return innermost({ ...inner!, path: [...issue.path, ...inner!.path] });
}

/** The options that came furthest: their complaints are those that help. */
function furthest({ errors }: z.core.$ZodIssueInvalidUnion) {
  const deepest = Math.max(...errors.map(depth));
  return errors.filter((issues) => depth(issues) === deepest && issues.length > 0);
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  const [issue] = issues;
  return issue ? issue.path.length + (issue.code === "invalid_type" ? 0 : 0.5) : 0;
}
