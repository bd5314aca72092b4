import { hash } from "node:crypto";

import type { SubjectId } from "#kernel";

/** Who read what, pruned in the end: one log, or several side by side. */
export type AccessLog = "access" | `access-${number}`;

/** What was decided: the `ledger`, never pruned; and what was read. */
export type LogName = AccessLog | "ledger";

/** The logs of a store with one access log, and the first two of every other. */
export const LOG_NAMES: readonly LogName[] = ["access", "ledger"];

export const ACCESS_LOGS_MAX = 64;

/** The logs of a store with `count` access logs, the ledger last. */
export function logNames(count: number): readonly LogName[] {
  const more = Array.from({ length: count - 1 }, (_, at): AccessLog => `access-${at + 1}`);
  return ["access", ...more, "ledger"];
}

export function isAccessLog(log: LogName): log is AccessLog {
  return log !== "ledger";
}

export function accessLogs(logs: readonly LogName[]): readonly AccessLog[] {
  return logs.filter(isAccessLog);
}

/**
 * The one access log that has all of a subject's entries; what is about nobody is in the first.
 *
 * It is the same for ever, since the number of a store's logs is.
 */
export function accessLogOf(subject: SubjectId | null, logs: readonly LogName[]): AccessLog {
  const names = accessLogs(logs);
  if (subject === null || names.length === 1) return "access";
  const digest = hash("sha256", subject, "buffer");
  return names[digest.readUInt32BE() % names.length]!;
}
