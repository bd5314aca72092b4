import { setTimeout as pause } from "node:timers/promises";

import type { Append } from "#audit";

import type { Around, PortCall } from "./intercepted-stores.ts";

const is = (call: PortCall, port: string, method: string): boolean =>
  call.port === port && call.method === method;

/** What a process asks of an audit database, without the check that it is still true. */
const unchecked: Around = (call, go) => {
  if (is(call, "audit", "append")) {
    const [batch] = call.args as [Append[]];
    batch.forEach((item, at) => {
      batch[at] = { ...item, check: null };
    });
  }
  return go();
};

/** Entries without what they carry: keys and rows are written by calls of their own then. */
function alone([batch]: [Append[]]): void {
  batch.forEach((item, at) => {
    batch[at] = { ...item, carries: null };
  });
}

/** Asks for the gate of a person once, and believes it for ever. */
const gateKept: Around = (() => {
  const kept = new Map<unknown, unknown>();
  return async (call, go) => {
    if (!is(call, "audit", "gate")) return go();
    const [subject] = call.args;
    if (!kept.has(subject)) kept.set(subject, await go());
    return kept.get(subject);
  };
})();

/** Mistakes that a process may make on purpose, so that the checks can show that they bite. */
export const MISTAKES = {
  /** Answers a `remember` long before its row is written. */
  "early-acknowledgement": async (call, go) => {
    if (is(call, "audit", "append")) alone(call.args as [Append[]]);
    if (!is(call, "memory", "insert")) return go();
    void pause(60_000).then(go, () => {});
    return { status: "inserted" };
  },
  "gate-kept": gateKept,
  /** Appends without the gate's check. */
  "append-unchecked": unchecked,
  /** Both: nothing is left that would find out. */
  "gate-kept-unchecked": (call, go) => gateKept(call, () => unchecked(call, go)),
} as const satisfies Readonly<Record<string, Around>>;

export type Mistake = keyof typeof MISTAKES;
