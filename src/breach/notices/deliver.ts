import { HOUR_MS, SECOND_MS } from "#kernel";

import {
  causeOf,
  type Addressee,
  type Delivery,
  type FailureCause,
  type Message,
  type Notifier,
} from "../notifiers/notifier.ts";

/** For one message by one notifier. */
const DEADLINE_MS = 20 * SECOND_MS;

/** Between two attempts at what failed. */
export const WAITS = { firstMs: 30 * SECOND_MS, longestMs: 6 * HOUR_MS } as const;

export type Attempt = Delivery | { readonly failed: FailureCause };

/** The notifiers that reach such an addressee. */
export function reaching(
  notifiers: readonly Notifier[],
  kind: Addressee["kind"],
): readonly Notifier[] {
  return notifiers.filter(({ reaches }) => reaches.includes(kind));
}

export function canReach(
  { notifiers }: { readonly notifiers: readonly Notifier[] },
  kind: Addressee["kind"],
): boolean {
  return reaching(notifiers, kind).length > 0;
}

/** One attempt. It never throws, and tells of a failure its kind alone. */
export async function attempt(notifier: Notifier, message: Message): Promise<Attempt> {
  const deadline = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.abort();
    reject(new DOMException("", "TimeoutError"));
  }, DEADLINE_MS);
  try {
    // Also one that does not listen to the signal holds nobody up.
    const sending = notifier.send(message, { signal: deadline.signal });
    return (await Promise.race([sending, late])) === "no-address" ? "no-address" : "sent";
  } catch (error) {
    return { failed: causeOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
