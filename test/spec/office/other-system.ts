import {
  defineSource,
  type Identity,
  type Outcome,
  type Source,
  type SourceInput,
  type SourceItem,
} from "#sources";

/** What goes wrong with a system. */
export type Fault = "down" | "hangs" | "lies" | "pending" | "garbage" | "dies-half-way" | null;

/** One of the application's other systems, as a test holds it. */
export interface OtherSystem {
  readonly source: Source;
  /** Rows by external id. */
  readonly rows: Map<string, number>;
  /** What it was asked, in order. */
  readonly asked: { readonly what: string; readonly request: string; readonly who: Identity }[];
  fault: Fault;
}

const SECRET = "row of ada@example.org, password hunter2";

export function otherSystem(
  name: string,
  options: Partial<SourceInput> & { readonly onAsked?: () => void | Promise<void> } = {},
): OtherSystem {
  const { onAsked, ...given } = options;
  const rows = new Map([
    ["ada", 3],
    ["bob", 2],
  ]);
  const asked: OtherSystem["asked"] = [];

  async function meet(what: string, who: Identity, request: string): Promise<void> {
    asked.push({ what, request, who });
    await onAsked?.();
    if (system.fault === "down") throw new Error(SECRET);
    if (system.fault === "hangs") await new Promise(() => {});
  }

  async function erase(who: Identity, call: { request: string }): Promise<Outcome> {
    await meet("erase", who, call.request);
    const records = rows.get(who.externalId) ?? 0;
    if (system.fault === "garbage") return { status: "done", recordsDeleted: SECRET } as never;
    if (system.fault === "pending") {
      return { status: "pending", recordsDeleted: 0, collections: [] };
    }
    if (system.fault === "dies-half-way") {
      rows.set(who.externalId, records - 1);
      throw new Error(SECRET);
    }
    if (system.fault !== "lies") rows.delete(who.externalId);
    const deleted = system.fault === "lies" ? 0 : records;
    const collections = [{ name: "rows", records: deleted, strategy: "delete" } as const];
    return { status: "done", recordsDeleted: deleted, collections };
  }

  const system: OtherSystem = {
    rows,
    asked,
    fault: null,
    source: defineSource({
      name,
      // Who is to hang says a shorter time.
      deadlineMs: 60_000,
      erase,
      async verify(who, { request }) {
        asked.push({ what: "verify", request, who });
        return { remaining: rows.get(who.externalId) ?? 0 };
      },
      async *export(who, { request }): AsyncGenerator<SourceItem> {
        await meet("export", who, request);
        for (let at = 0; at < (rows.get(who.externalId) ?? 0); at += 1) {
          yield { collection: "rows", id: `${at}`, category: "contact", data: { at } };
          if (system.fault === "dies-half-way") throw new Error(SECRET);
        }
      },
      async *identities() {
        yield* rows.keys();
      },
      ...given,
    }),
  };
  return system;
}

/** What no error, entry or certificate may hold. */
export const PRIVATE = ["ada", "hunter2", "example.org"];
