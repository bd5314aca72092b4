import type { NodeId, SubjectId } from "#kernel";

/** Called with the nodes that were erased; `null`: all of them. */
export type ErasedListener = (nodes: readonly NodeId[] | null) => void;

/** Tells live sessions of this process that what they were given is gone. */
export interface ErasedEvents {
  on(subject: SubjectId, listener: ErasedListener): () => void;
  emit(subject: SubjectId, nodes: readonly NodeId[] | null): void;
}

/** A listener that throws stops neither the erasure nor the other listeners. */
function tell(listener: ErasedListener, nodes: readonly NodeId[] | null): void {
  try {
    listener(nodes);
  } catch {
    // What it threw may hold a memory's text: only that it threw is told.
    process.emitWarning("an onErased listener threw", { code: "OUBLI_LISTENER_THREW" });
  }
}

export function createErasedEvents(): ErasedEvents {
  const listeners = new Map<SubjectId, Set<ErasedListener>>();
  return {
    on(subject, listener) {
      const of = listeners.get(subject) ?? new Set();
      listeners.set(subject, of.add(listener));
      return () => {
        of.delete(listener);
        if (of.size === 0) listeners.delete(subject);
      };
    },
    emit(subject, nodes) {
      for (const listener of listeners.get(subject) ?? []) tell(listener, nodes);
    },
  };
}
