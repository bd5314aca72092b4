import { describe, isCode, oddPart, type OubliError } from "#kernel";
import { parseDuration } from "#policy";
import * as z from "zod";

import { IDENTIFIER_KIND } from "./identifier-kind.ts";
import { refusal, valueAt } from "./refusal.ts";
import { TIERS, type Capabilities, type Source, type SourceRetention } from "./source.ts";

type Functions = Pick<
  Source,
  "check" | "export" | "erase" | "anonymise" | "verify" | "identities" | "close"
>;

/** What an application says of one of its systems. Only `name` and a function are needed. */
export interface SourceInput extends Functions {
  readonly name: string;
  /** Default: `primary`. */
  readonly tier?: Source["tier"];
  readonly eraseAfter?: readonly string[];
  /** The controller whose people it holds. Default: the one that Oubli was opened with. */
  readonly tenant?: string | null;
  /** Default: it serves every region. */
  readonly region?: string | null;
  readonly processor?: string | null;
  readonly backupsEnd?: string | null;
  readonly keep?: Source["keep"];
  /** Default: 30,000; 100 to 600,000. */
  readonly deadlineMs?: number;
  /** Kinds of names beside the external id that it needs: no erasure begins without them. */
  readonly identifiers?: readonly string[];
  readonly retention?: readonly SourceRetention[];
}

const code = z.string().refine(isCode, "a code: a-z 0-9 _ -, at most 64 characters");
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, "an ISO 8601 duration, such as P90D");
const kind = z.string().regex(IDENTIFIER_KIND, "a kind, such as email");
const callable = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === "function",
  "a function",
);

const FUNCTIONS = [
  "check",
  "export",
  "erase",
  "anonymise",
  "verify",
  "identities",
  "close",
] as const;

const shape = z.strictObject({
  name: code,
  tier: z.enum(TIERS, TIERS.join(" | ")).default("primary"),
  eraseAfter: z.array(code).max(64).default([]),
  tenant: code.nullable().default(null),
  region: code.nullable().default(null),
  processor: code.nullable().default(null),
  backupsEnd: duration.nullable().default(null),
  keep: z.strictObject({ ground: code, keepFor: duration }).nullable().default(null),
  identifiers: z.array(kind).max(32).optional(),
  deadlineMs: z.number().int().min(100).max(600_000).optional(),
  retention: z
    .array(
      z.strictObject({
        rule: code,
        maxAge: duration.optional(),
        keeps: z.enum(["consent", "audit"]).optional(),
        spares: z.boolean().optional(),
        guarded: z.boolean().optional(),
        count: callable,
        sweep: callable,
      }),
    )
    .max(64)
    .optional(),
  ...(Object.fromEntries(FUNCTIONS.map((name) => [name, callable.optional()])) as Record<
    (typeof FUNCTIONS)[number],
    z.ZodOptional<typeof callable>
  >),
});

/**
 * Declares one of the application's systems. What it can do follows from the functions it has.
 *
 * @throws {OubliError} `CONFIG_INVALID` with the field, what was given and what is accepted.
 */
export function defineSource(input: SourceInput): Source {
  const named = typeof input === "object" && input !== null && isCode(input.name);
  const at = named ? input.name : "source";
  // Its functions may be an object's own, but a class's would be passed over without a word.
  const odd = oddPart(input, { depth: 1, dates: false });
  if (odd) throw refused([at, ...odd.path], "a plain object", "plain data and functions");
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw issueError(at, input, parsed.error.issues[0]!);
  const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
  const source = Object.fromEntries(given) as unknown as Source;
  const capabilities = capabilitiesOf(source);
  refuseSenseless(source, capabilities);
  return Object.freeze({ ...source, capabilities });
}

function capabilitiesOf(source: Source): Capabilities {
  const has = (name: keyof Source): boolean => source[name] !== undefined;
  return {
    export: has("export"),
    erase: has("erase"),
    anonymise: has("anonymise"),
    verify: has("verify"),
    retention: (source.retention ?? []).length > 0,
    identities: has("identities"),
  };
}

function refuseSenseless(
  { name, keep, eraseAfter, retention = [] }: Source,
  can: Capabilities,
): void {
  if (!Object.values(can).some(Boolean)) {
    const wanted = "export | erase | anonymise | verify | identities | retention: at least one";
    throw refused([name], "no function", wanted);
  }
  if (keep && !can.anonymise) throw refused([name, "anonymise"], "nothing", "a function");
  if (!keep && can.anonymise && !can.erase) {
    throw refused([name, "keep"], "nothing", "a ground and keepFor, since it cannot erase");
  }
  const rules = retention.map(({ rule }) => rule);
  const twice = rules.find((rule, at) => rules.indexOf(rule) !== at);
  if (twice !== undefined) throw refused([name, "retention"], twice, "each rule only once");
  if (eraseAfter.includes(name)) throw refused([name, "eraseAfter"], name, "another source");
}

function issueError(at: string, input: unknown, issue: z.core.$ZodIssue): OubliError {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const accepted = unknown.length > 0 ? Object.keys(shape.shape).join(" | ") : issue.message;
  const given = unknown.length > 0 ? "an undeclared field" : describe(valueAt(input, issue.path));
  return refused([at, ...issue.path, ...unknown], given, accepted);
}

function refused(path: readonly PropertyKey[], given: string, accepted: string): OubliError {
  return refusal(["sources", ...path], given, accepted);
}
