import type { CaseRow } from "#cases";
import { OubliError, type Word } from "#kernel";

/** Where a request stands, and where it may go from there. */
const NEXT = {
  received: ["identity-pending", "acknowledged", "denied", "withdrawn", "duplicate"],
  "identity-pending": ["identity-pending", "acknowledged", "denied", "withdrawn"],
  acknowledged: ["checking", "waiting", "denied", "withdrawn"],
  checking: ["executing", "waiting", "denied", "withdrawn"],
  waiting: ["checking", "executing", "waiting", "denied", "withdrawn"],
  executing: ["executing", "waiting", "completed", "completed-with-exceptions"],
  completed: [],
  // Once whoever was still to be told of it is.
  "completed-with-exceptions": ["completed"],
  denied: [],
  withdrawn: [],
  // Once the one that it was linked to ended without an answer.
  duplicate: ["received"],
} as const satisfies Record<string, readonly string[]>;

export type RequestState = keyof typeof NEXT;

export const REQUEST_STATES = Object.keys(NEXT) as readonly RequestState[];

/** The states in which nothing more is done for a request by itself. */
export function isEnd(state: RequestState): boolean {
  return ENDS.has(state) || NEXT[state].length === 0;
}

const ENDS: ReadonlySet<RequestState> = new Set(["duplicate", "completed-with-exceptions"]);

export function mayGo(from: RequestState, to: RequestState): boolean {
  return (NEXT[from] as readonly string[]).includes(to);
}

type Standing = Pick<CaseRow, "id" | "state">;

export function stateOf({ state }: Pick<Standing, "state">): RequestState {
  return state as string as RequestState;
}

/** Whether nothing more is done for it by itself. */
export function isOver(request: Pick<Standing, "state">): boolean {
  return isEnd(stateOf(request));
}

/** @throws {OubliError} `REQUEST_STATE` with the states that may follow. */
export function refuseStep(request: Standing, to: RequestState): void {
  const from = stateOf(request);
  if (mayGo(from, to)) return;
  const accepted = NEXT[from] as readonly string[] as readonly Word[];
  throw new OubliError("REQUEST_STATE", {
    case: request.id,
    state: request.state,
    wanted: to as Word,
    ...(accepted.length === 0 ? {} : { accepted }),
  });
}

/** What a request in this state cannot be asked for. */
export function stateError({ id, state }: Standing, accepted: readonly Word[]): OubliError {
  return new OubliError("REQUEST_STATE", { case: id, state, accepted });
}
