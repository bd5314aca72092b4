import { OubliError, type ErrorCode } from "#kernel";

/** SQLite's primary result codes (the low byte of an extended code). @source sqlite.org/rescode */
const CODES: Readonly<Record<number, ErrorCode>> = {
  5: "STORE_BUSY",
  6: "STORE_BUSY",
  8: "STORE_READ_ONLY",
  10: "STORE_UNAVAILABLE",
  11: "STORE_DAMAGED",
  13: "STORE_FULL",
  14: "STORE_UNAVAILABLE",
  // A constraint: what stands in the file is not what this code wrote, or this code is wrong. The
  // same call meets it again.
  19: "STORE_DAMAGED",
  26: "STORE_DAMAGED",
};

/**
 * A driver's error as ours. Its message is dropped: it may hold bound values. Errors that are not
 * SQLite's pass unchanged: they are ours already, or broken code that must stay loud.
 */
export function storeError(error: unknown): OubliError {
  const code = resultCode(error);
  if (code === null) return error as OubliError;
  return new OubliError(CODES[code & 0xff] ?? "STORE_UNAVAILABLE", { sqlite: code }, error);
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code !== null && ((code & 0xff) === 5 || (code & 0xff) === 6);
}

function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code : null;
}
