import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { ScopeAsked } from "#engine";

import { CliError } from "./cli-error.ts";
import type { Flag } from "./command.ts";
import { parseTime, timeOf } from "./time.ts";

/** Fields of a file that are times; there they are written as anywhere else on the command line. */
const TIMES: ReadonlySet<string> = new Set([
  "detectedAt",
  "awareAt",
  "discoveredAt",
  "began",
  "ended",
  "from",
  "until",
  "at",
]);

/** @throws {CliError} `FILE` for a file that is not there, or no JSON object. */
export async function incidentFile(folder: string, path: string | undefined): Promise<object> {
  if (path === undefined) return {};
  try {
    const text = await readFile(resolve(folder, path), "utf8");
    const value: unknown = JSON.parse(text, (key, field: unknown) =>
      TIMES.has(key) && typeof field === "string" ? (parseTime(field) ?? field) : field,
    );
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code === undefined) {
      throw error;
    }
  }
  throw new CliError("FILE", "--file names no file that holds a JSON object");
}

/** What is known of an incident's reach, as flags. */
export const SCOPE_FLAGS = {
  from: { type: "string", value: "time", help: "The first moment: 2026-05-01T09:30" },
  until: { type: "string", value: "time", help: "The first moment that is too late" },
  actor: { type: "string", value: "id", help: "Whose credential it was" },
  session: { type: "string", value: "id", help: "In which session" },
  epoch: { type: "number", help: "Whose root key: all that lay under it" },
  subject: { type: "string", value: "id", help: "Whose key: all that lay under it" },
  whole: { type: "boolean", help: "The whole region: all that lay there" },
} as const satisfies Record<string, Flag>;

interface ScopeGiven {
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly actor: string | undefined;
  readonly session: string | undefined;
  readonly epoch: number | undefined;
  readonly subject: string | undefined;
  readonly whole: boolean;
}

/** `null`: nothing was asked. */
export function scopeFrom(given: ScopeGiven, region: string): ScopeAsked | null {
  const { from, until, actor, session, epoch, subject, whole } = given;
  if (epoch !== undefined && subject !== undefined) {
    throw new CliError("USAGE", "--epoch and --subject both name a key");
  }
  const key = epoch === undefined ? subject && { subject } : { epoch };
  const asked = {
    ...(from === undefined ? {} : { from: timeOf(from, "--from") }),
    ...(until === undefined ? {} : { until: timeOf(until, "--until") }),
    ...(actor === undefined ? {} : { actor }),
    ...(session === undefined ? {} : { session }),
    ...(key ? { key } : {}),
    ...(whole ? { region } : {}),
  };
  return Object.keys(asked).length === 0 ? null : asked;
}
