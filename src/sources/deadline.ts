import { Late } from "./failure.ts";
import type { Source } from "./source.ts";

const DEADLINE_MS = 30_000;

export function deadlineOf({ deadlineMs = DEADLINE_MS }: Pick<Source, "deadlineMs">): number {
  return deadlineMs;
}

/**
 * Ends with the work or with its time, whichever is first. A source that minds no signal is left
 * behind: what it answers later reaches nobody.
 *
 * @throws {Late} when the time is over.
 */
export async function inTime<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const inner = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (): void => {
    reject(new Late());
    inner.abort();
  };
  if (outer?.aborted) end();
  outer?.addEventListener("abort", end, { once: true });
  const timer = setTimeout(end, ms);
  try {
    return await Promise.race([started(work, inner.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", end);
  }
}

/** As a promise, also where it throws at once; its failure behind the deadline is nobody's. */
function started<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const promise = (async () => work(signal))();
  promise.catch(() => {});
  return promise;
}
