import type { EpochMs } from "./clock.ts";
import type { Id } from "./ids.ts";
import { ERRORS, type ErrorCode, type ErrorKind } from "./error-codes.ts";
import type { Word } from "./words.ts";

/** What an error may carry. Errors end in logs, so a plain string does not type-check here. */
export type Detail = Id | Word | EpochMs | number | boolean | readonly Word[];
export type Details = Readonly<Record<string, Detail>>;

/** A broken promise, by code. The message is made from the code and its details alone. */
export class OubliError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "OubliError";
  readonly code: Code;
  readonly details: Details;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** What the HTTP door answers. */
  readonly status: number;
  readonly #foreign: unknown;

  /**
   * @param cause One of ours becomes `cause`. Any other is kept out of whatever prints or
   *   serialises an error, since a driver's message may hold values: see {@link foreignCause}.
   */
  constructor(code: Code, details: Details = {}, cause?: unknown) {
    const kind: ErrorKind = ERRORS[code];
    super(message(code, kind, details));
    this.code = code;
    this.details = details;
    this.retryable = kind.retryable;
    this.status = kind.status;
    // Node prints `cause`, and that of an uncaught error, whatever the property's attributes are.
    if (cause instanceof OubliError) Object.defineProperty(this, "cause", { value: cause });
    else this.#foreign = cause;
  }

  /** What a driver or the system threw. It may hold a person's data: look at it, do not log it. */
  foreignCause(): unknown {
    return this.#foreign;
  }

  toJSON() {
    return { code: this.code, message: this.message, details: this.details };
  }
}

function message(code: ErrorCode, kind: ErrorKind, details: Details): string {
  const listed = Object.entries(details).map(([key, value]) => `${key}: ${show(value)}`);
  const facts = listed.length > 0 ? ` (${listed.join("; ")})` : "";
  const hint = kind.hint?.(details) ?? null;
  return `${code}: ${kind.text}${facts}${hint === null ? "" : `\n  ${hint}`}`;
}

function show(value: Detail): string {
  return Array.isArray(value) ? value.join(" | ") || "nothing" : String(value);
}

export function isOubliError(error: unknown, code?: ErrorCode): error is OubliError {
  return error instanceof OubliError && (code === undefined || error.code === code);
}

/** The code of a refusal; `null` when there was none. */
export async function codeOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (isOubliError(error)) return error.code;
    throw error;
  }
}
