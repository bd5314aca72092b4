import { types } from "node:util";

import type { NodeId, SubjectId } from "#kernel";

/** Called with the nodes that were erased, or whose text was corrected; `null`: all of them. */
export type ErasedListener = (nodes: readonly NodeId[] | null) => void;

/** Tells live sessions of this process that what they were given is gone. */
export interface ErasedEvents {
  on(subject: SubjectId, listener: ErasedListener): () => void;
  emit(subject: SubjectId, nodes: readonly NodeId[] | null): void;
}

export function createErasedEvents(): ErasedEvents {
  const listeners = new Map<SubjectId, Set<{ readonly listener: ErasedListener }>>();
  return {
    on(subject, listener) {
      const of = listeners.get(subject) ?? new Set();
      // An object for each call: who stops one does not stop another with the same function.
      const place = { listener };
      listeners.set(subject, of.add(place));
      return () => {
        of.delete(place);
        if (of.size === 0 && listeners.get(subject) === of) listeners.delete(subject);
      };
    },
    emit(subject, nodes) {
      const of = listeners.get(subject);
      // A copy: a listener that puts another in its place would be called without an end.
      const places = Array.from(of ?? []);
      for (const place of places) if (of!.has(place)) tell(place.listener, nodes);
    },
  };
}

/** A listener that throws or rejects stops neither the erasure nor the other listeners. */
function tell(listener: ErasedListener, nodes: readonly NodeId[] | null): void {
  try {
    const answer: unknown = listener(nodes);
    if (types.isPromise(answer)) answer.then(undefined, warn);
  } catch {
    warn();
  }
}

/** What it threw may hold a memory's text: only that it threw is told. */
function warn(): void {
  process.emitWarning("an onErased listener threw", { code: "OUBLI_LISTENER_THREW" });
}
