import type { Stores } from "#engine";

/** One call of a port. */
export interface PortCall {
  readonly port: keyof Stores;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Runs instead of a call; `go` makes it. */
export type Around = (call: PortCall, go: () => Promise<unknown>) => Promise<unknown>;

/**
 * Stores whose every call passes `around`: what a test does between two steps of an act, it does
 * there. Closing them does nothing: the stores beneath stay their owner's.
 */
export function interceptStores(stores: Stores, around: Around): Stores {
  const wrap = <Port extends keyof Stores>(port: Port): Stores[Port] =>
    new Proxy(stores[port], {
      get(target, method, receiver) {
        const member: unknown = Reflect.get(target, method, receiver);
        if (typeof member !== "function" || typeof method !== "string") return member;
        if (method === "close") return async () => {};
        return (...args: unknown[]) =>
          around({ port, method, args }, async () => Reflect.apply(member, target, args));
      },
    });
  return {
    audit: wrap("audit"),
    cases: wrap("cases"),
    tallies: wrap("tallies"),
    keys: wrap("keys"),
    memory: wrap("memory"),
    notary: wrap("notary"),
    root: wrap("root"),
  };
}

/** Runs `then` once, when `when` is the case for the first time, before or after the call. */
export function once(
  side: "before" | "after",
  when: (call: PortCall) => boolean,
  then: () => Promise<unknown>,
): Around {
  let due = true;
  return async (call, go) => {
    const now = due && when(call);
    if (now) due = false;
    if (now && side === "before") await then();
    const result = await go();
    if (now && side === "after") await then();
    return result;
  };
}
