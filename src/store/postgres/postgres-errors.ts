import { isOubliError, OubliError, word, type Details, type ErrorCode, type Word } from "#kernel";

/** How far a call came before it failed: decides what a lost connection means. */
export type Reached = "nothing-sent" | "reading" | "committing";

/** Codes whose transaction was rolled back, and which another try may get through. */
const TRANSIENT = new Set(["40001", "40P01"]);

/** A coordinator's, of a node that went away since their connection was last used. */
const NODE_LOST = /^(08...|57P0[1-3])$/;

/**
 * Of a COMMIT on a cluster: a node was lost before it answered, and the coordinator goes on. What
 * else has this state is rare, and is called unknown with it.
 */
const UNANSWERED = "XX000";

/** By state, or by its class. @source postgresql.org/docs/current/errcodes-appendix.html */
const CODES: Readonly<Record<string, ErrorCode>> = {
  // A text that should be JSON, and that we did not write.
  "22P02": "STORE_DAMAGED",
  // A constraint: what stands there is not what this code wrote, or this code is wrong. The same
  // call meets it again.
  "23": "STORE_DAMAGED",
  "25006": "STORE_READ_ONLY",
  "53100": "STORE_FULL",
  "55P03": "STORE_BUSY",
  "57014": "STORE_BUSY",
  "40001": "STORE_BUSY",
  "40P01": "STORE_BUSY",
  "53300": "STORE_BUSY",
  XX001: "STORE_DAMAGED",
  XX002: "STORE_DAMAGED",
};

/** What an operator must set right: which part of the store's address, or which right. */
const SETTINGS: Readonly<Record<string, Word>> = {
  "28P01": word("store.password"),
  "28000": word("store.user"),
  "3D000": word("store.database"),
  "22023": word("store.role"),
  "42501": word("store.role"),
  // Another connection than the one that took its role, or that prepared its statements.
  "22012": word("store.pooler"),
  "26000": word("store.pooler"),
};

/**
 * A driver's or the server's error as ours. Its message, detail and parameters are dropped: they
 * may hold a row. Errors that are neither pass unchanged: they are ours, or broken code that must
 * stay loud.
 */
export function storeError(error: unknown, reached: Reached = "nothing-sent"): unknown {
  if (isOubliError(error)) return error;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  const state = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  if (state === null || severity === undefined) return lost(error, reached);
  const details: Details = { sqlstate: state as Word };
  // A FATAL takes the connection with it; had the commit begun, nobody can say how it ended.
  if (
    reached === "committing" &&
    (severity === "FATAL" || severity === "PANIC" || state === UNANSWERED)
  ) {
    return new OubliError("OUTCOME_UNKNOWN", details, error);
  }
  const field = SETTINGS[state];
  if (field !== undefined) return new OubliError("CONFIG_INVALID", { field, ...details }, error);
  const known = CODES[state] ?? CODES[state.slice(0, 2)];
  return new OubliError(known ?? "STORE_UNAVAILABLE", details, error);
}

/** Whether the server answered: it refused one statement, and its connection goes on. */
export function isRefusal(error: unknown): boolean {
  return (error as { severity?: unknown } | null)?.severity === "ERROR";
}

/**
 * Whether the server undid the whole transaction because of others, or because it had lost a node,
 * and another try may get through.
 */
export function isTransient(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== "string") return false;
  // As a refusal: a server that says so of itself takes the connection along, perhaps committing.
  return TRANSIENT.has(code) || (isRefusal(error) && NODE_LOST.test(code));
}

function lost(error: unknown, reached: Reached): unknown {
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (reached === "committing") return new OubliError("OUTCOME_UNKNOWN", {}, error);
  const { code } = error as { code?: unknown };
  // The system's own words, ECONNREFUSED or ENOTFOUND: no address is in them.
  const known = typeof code === "string" && /^E[A-Z]{2,20}$/.test(code);
  return new OubliError("STORE_UNAVAILABLE", known ? { reason: code as Word } : {}, error);
}
