import { LIMITS, oddPart, word, type Detail, type OubliError } from "#kernel";
import * as z from "zod";

import { analytics } from "./analytics-schema.ts";
import { CATEGORY_IDS, type CategoryId } from "./categories.ts";
import { configError, undeclaredError, written } from "./config-error.ts";
import type { ConfigInput } from "./config-input.ts";
import { controller } from "./controller-schema.ts";
import { parseDuration } from "./duration.ts";
import { LAWFUL_BASES, SPECIAL_CONDITIONS } from "./lawful.ts";
import { day, hosts, processor } from "./processor-schema.ts";
import { PHI_USES, USES } from "./purpose.ts";
import type { RuleName } from "./rules.ts";
import { code, onlyKeys, strict, text, unique } from "./shapes.ts";
import { MECHANISM_NAMES } from "./transfer-mechanism.ts";

/** Deeper than any field. */
const DEPTH = 8;

/** ISO 3166 keeps `EU` and `UK` for others than a country: nobody would be found under them. */
const JURISDICTION = /^(?!EU|UK)(\*|EEA|[A-Z]{2})$/;
const PROFILE = /^[a-z][a-z0-9.-]{0,63}$/;
const STORE = /^(sqlite:|postgres(ql)?:\/\/)[^\0]{1,4096}$/;
const SERVER = /^postgres(ql)?:\/\/[^\0]{1,4096}$/;
const FOLDER = /^[^\0]{1,4096}$/;

const category = z.enum(CATEGORY_IDS as readonly CategoryId[]);
const duration = text(
  (value) => parseDuration(value) !== null,
  "an ISO 8601 duration of years, months, weeks and days, such as P90D",
);
const count = z.number().int().min(1).max(1_000_000);

const purpose = strict({
  basis: z.enum(LAWFUL_BASES).optional(),
  condition: z.enum(SPECIAL_CONDITIONS).optional(),
  categories: unique(category).optional(),
  roles: unique(code).optional(),
  retention: duration.optional(),
  retentionJustification: text((value) => value.isWellFormed(), "well-formed Unicode")
    .pipe(z.string().trim().min(10).max(1000))
    .optional(),
  use: z.enum(USES).optional(),
  maxNodes: z.number().int().min(1).max(LIMITS.recallNodesMax).optional(),
  relevanceFloor: z.number().min(0).max(1).optional(),
  metadata: unique(code, 0).optional(),
  phiUse: z.enum(PHI_USES).optional(),
});

const server = text((value) => SERVER.test(value) && value.isWellFormed(), "a postgres:// URL");

const region = strict({
  jurisdictions: unique(
    text(
      (value) => JURISDICTION.test(value),
      "an ISO 3166 country code such as FR or GB, EEA, or *",
    ),
  ),
  store: z.union([
    text(
      (value) => STORE.test(value) && value.isWellFormed(),
      "sqlite: and a folder, such as sqlite:./oubli-data, or a postgres:// URL",
    ),
    strict(
      { memory: server, keys: server, audit: server, notary: server.optional() },
      "one such URL for each: { memory, keys, audit }",
    ),
  ]),
  root: text((value) => FOLDER.test(value) && value.isWellFormed(), "a folder").optional(),
  accessLogs: z.number().int().min(1).max(64).optional(),
  hipaaCovered: z.boolean().optional(),
  hosts: hosts.optional(),
});

const rules = {
  auditRetentionYears: rule(count),
  consentRecordRetentionDays: rule(count),
  consentValidityDaysMax: rule(count),
  specialNeedsCondition: rule(z.boolean()),
  specialNeedsRetention: rule(z.boolean()),
  explicitConsentCategories: rule(unique(category)),
  explicitConsentPurposes: rule(unique(code)),
  phiCategories: rule(unique(category)),
  recallNodesMax: rule(count),
  healthStaysInEea: rule(z.boolean()),
  breakNoticeHours: rule(count),
  optOutSignal: rule(z.boolean()),
  neverReturned: rule(unique(code)),
} satisfies Record<RuleName, z.ZodType>;

const VERSION = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const version = text((value) => VERSION.test(value), "letters, digits, _ . and -, at most 64");

const codes = strict({
  reasons: unique(code, 0).optional(),
  mechanisms: unique(version, 0).optional(),
  notices: unique(version, 0).optional(),
  documents: unique(version, 0).optional(),
});

const transfer = strict({
  from: code,
  to: code,
  mechanism: z.enum(MECHANISM_NAMES),
  document: version,
  approver: code,
  expires: day,
  categories: unique(category).optional(),
});

const lawChange = strict({
  timeZone: text(isTimeZone, "an IANA time zone, such as Europe/Berlin").optional(),
  holidays: unique(day, 0).optional(),
  breach: z.record(code, count).optional(),
  thresholds: z.record(code, count).optional(),
  figures: z.record(z.string().regex(/^[a-z][A-Za-z]{0,63}$/), count).optional(),
});

const pack = strict(
  {
    name: code,
    profile: text((value) => PROFILE.test(value), "a name and a version, such as gdpr-2026.1"),
    rules: strict(rules),
  },
  "a pack, such as gdpr()",
);

const config = strict({
  packs: z.array(pack).min(1).optional(),
  regions: z.record(code, region).optional(),
  purposes: z.record(code, purpose).optional(),
  processors: z.record(code, processor).optional(),
  codes: codes.optional(),
  transfers: z.array(transfer).optional(),
  retention: z.partialRecord(category, duration, onlyKeys(CATEGORY_IDS)).optional(),
  controller: controller.optional(),
  law: z.record(code, lawChange).optional(),
  analytics: analytics.optional(),
});

/** @throws {OubliError} `CONFIG_INVALID` for the first part that is not as it must be. */
export function parseConfig(input: unknown): ConfigInput {
  const odd = oddPart(input, { depth: DEPTH, dates: false });
  if (odd?.unreadable) throw configError(odd.path, undefined, word("a value that can be read"));
  const result = config.safeParse(input);
  if (!result.success) {
    const { issues } = result.error;
    // A misspelt field is what is to be mended, not that the right one is missing.
    throw issueError(input, issues.find(isUndeclared) ?? issues[0]!);
  }
  if (odd) throw configError(odd.path, at(input, odd.path), word("plain data"));
  return result.data as unknown as ConfigInput;
}

const isUndeclared = ({ code }: z.core.$ZodIssue): boolean => code === "unrecognized_keys";

function issueError(input: unknown, issue: z.core.$ZodIssue): OubliError {
  const { path } = issue;
  if (issue.code === "invalid_union") {
    const inside = issue.errors.flat();
    const inner = inside.find(isUndeclared) ?? inside.find((one) => one.path.length > 0);
    if (inner) return issueError(input, { ...inner, path: [...path, ...inner.path] });
  }
  if (issue.code === "unrecognized_keys") {
    return undeclaredError([...path, issue.keys[0]!], accepted(issue));
  }
  if (issue.code === "invalid_key") {
    return configError(path.slice(0, -1), path.at(-1), accepted(issue));
  }
  return configError(path, at(input, path), accepted(issue));
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** What would have been accepted; never a text of zod's, which repeats what was given. */
function accepted(issue: z.core.$ZodIssue): Detail {
  switch (issue.code) {
    case "custom":
      return written(String(issue.params?.["accepted"]));
    case "invalid_value":
      return issue.values.map((value) => written(String(value)));
    case "unrecognized_keys":
      return written(`only ${issue.message}`);
    case "invalid_type":
      // The schema's own words where it has some; zod's begin with these.
      return written(
        issue.message.startsWith("Invalid input")
          ? (KINDS[issue.expected] ?? `a ${issue.expected}`)
          : issue.message,
      );
    case "invalid_union":
      return written(issue.errors.map(([first]) => String(accepted(first!))).join(" | "));
    case "too_small":
      return written(`at least ${issue.minimum}`);
    case "too_big":
      return written(`at most ${issue.maximum}`);
    case "invalid_key":
      return accepted(issue.issues[0]!);
    default:
      return word("another shape");
  }
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  object: "an object",
  record: "an object with a name for each",
};

function rule<Value extends z.ZodType>(value: Value) {
  return strict({ value, source: z.string().trim().min(3).max(300) }).optional();
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
