import { CliError } from "./cli-error.ts";

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A moment as ISO 8601 writes it; one without a zone is in UTC. `null` for anything else. */
export function parseTime(text: string): Date | null {
  if (!ISO.test(text)) return null;
  const zoned = !text.includes("T") || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = new Date(zoned ? text : `${text}Z`);
  return Number.isNaN(Number(time)) ? null : time;
}

/** @throws {CliError} `USAGE` that names the flag. */
export function timeOf(text: string, flag: string): Date {
  const time = parseTime(text);
  if (time === null) throw new CliError("USAGE", `${flag} takes a time such as 2026-05-01T09:30`);
  return time;
}
