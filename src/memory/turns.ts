import type { SubjectId } from "#kernel";

import { untilDone } from "./admission.ts";

/**
 * Acts that move a subject's gate, one after another in this process, in the order they came.
 *
 * Each of them makes the others start again; without turns the one that needs longest, an erasure
 * say, would be starved by those that need less. Between processes the jitter sees to it.
 */
export interface Turns {
  /** Runs an attempt in turn, until its gate stood still. */
  take<T>(subject: SubjectId, attempt: () => Promise<T | "stale">): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<SubjectId, Promise<unknown>>();
  return {
    async take(subject, attempt) {
      const run = () => untilDone(attempt);
      const turn = (last.get(subject) ?? Promise.resolve()).then(run, run);
      last.set(subject, turn);
      try {
        return await turn;
      } finally {
        if (last.get(subject) === turn) last.delete(subject);
      }
    },
  };
}
