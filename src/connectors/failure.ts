import { isOubliError, OubliError, type Word } from "#kernel";
import type { SourceFinding } from "#sources";

/** Why a system did not do what was asked of it. All that is ever told of its error. */
export type Cause =
  | "unreachable"
  | "timeout"
  | "refused"
  | "busy"
  | "malformed"
  | "identifier-missing"
  | "identifier-refused"
  | "declaration-invalid"
  | "referenced"
  | "failed";

/**
 * A system's failure as ours. Its own text is kept out of whatever prints an error: a driver's
 * message may hold rows, addresses and passwords.
 */
export function failure(source: Word, cause: Cause, foreign?: unknown): OubliError {
  if (isOubliError(foreign, "SOURCE_FAILED")) return foreign;
  const missing = isOubliError(foreign, "DEPENDENCY_MISSING");
  const reason = (missing ? "dependency-missing" : cause) as string as Word;
  return new OubliError("SOURCE_FAILED", { source, reason }, foreign);
}

/** Codes of the system's own network calls. */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ECONNABORTED)$/;

/** What is the same for every driver; `null`: look at its own codes. */
export function commonCause(error: unknown, signal: AbortSignal): Cause | null {
  if (signal.aborted) return "timeout";
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (code === "ETIMEDOUT" || name === "TimeoutError") return "timeout";
  return typeof code === "string" && UNREACHABLE.test(code) ? "unreachable" : null;
}

/** A source, and how it reads its driver's errors. */
export interface Guard {
  readonly source: Word;
  causeOf(error: unknown, signal: AbortSignal): Cause;
}

/** Within its signal; every failure of a system comes out as ours. */
export async function guarded<Value>(
  { source, causeOf }: Guard,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await within(signal, work());
  } catch (error) {
    throw failure(source, causeOf(error, signal), error);
  }
}

/** A system's look at itself: that it cannot look is what was found. */
export async function looked(
  source: Word,
  look: () => Promise<readonly SourceFinding[]>,
): Promise<readonly SourceFinding[]> {
  try {
    return await look();
  } catch (error) {
    const { reason } = failure(source, "failed", error).details;
    return [{ level: "error", code: reason as Word }];
  }
}

/** Ends with the promise or with the signal, whichever is first: no system keeps a call for ever. */
export async function within<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  work.catch(() => {}); // Where the signal came first, nobody waits for it any more.
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
