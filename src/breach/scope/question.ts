import type { Entry } from "#audit";
import type { EpochMs, SessionId, SubjectId, Word } from "#kernel";

/** A key that others got hold of: a root key, by its epoch, or one person's. */
export type LostKey = { readonly epoch: number } | { readonly subject: SubjectId };

/** What is known of an incident; all of it has to hold. */
export interface ScopeQuestion {
  readonly tenant: Word;
  /** The first instant; `null`: since the beginning. */
  readonly from: EpochMs | null;
  /** The first instant that is too late; `null`: until now. */
  readonly until: EpochMs | null;
  /** Whose credential it was. */
  readonly actor: Word | null;
  readonly session: SessionId | null;
  readonly key: LostKey | null;
  /**
   * `released`: what was given out. `held`: whatever lay there, given out or not; for a key or a
   * whole region in others' hands.
   */
  readonly reach: "released" | "held";
}

type Window = Pick<ScopeQuestion, "from" | "until">;

/** Whether an instant lies in the window that is asked about. */
export function isWithin(window: Window, at: EpochMs): boolean {
  return !precedes(window, at) && beforeEnd(window, at);
}

/** Before the window opened. */
export function precedes({ from }: Window, at: EpochMs): boolean {
  return from !== null && at < from;
}

export function beforeEnd({ until }: Window, at: EpochMs): boolean {
  return until === null || at < until;
}

/** Whether an entry is of whom is asked about. */
export function isAsked({ tenant, actor, session }: ScopeQuestion, entry: Entry): boolean {
  if (entry.tenant !== tenant) return false;
  if (actor !== null && entry.actor.id !== actor) return false;
  return session === null || entry.session === session;
}
