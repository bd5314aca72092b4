import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { word, type SubjectId } from "#kernel";
import { defineSource, sourceRules, type Identity, type SourceGround } from "#sources";

/** A small system as an application would write one; each mistake breaks one promise. */
type Mistake =
  | "export-of-all"
  | "export-twice"
  | "erase-all"
  | "erase-nothing"
  | "erase-once"
  | "half"
  | "unknown-throws"
  | "blind"
  | "done-while-away"
  | "lists-the-erased"
  | null;

function ground(mistake: Mistake): SourceGround {
  const rows = new Map([
    ["ann", ["1", "2", "3"]],
    ["bob", ["4", "5", "6"]],
  ]);
  const erased = new Set<string>();
  let away = false;
  const person = (externalId: string): Identity => ({
    tenant: word("default"),
    subject: `sub_${externalId}` as SubjectId,
    externalId,
    identifiers: {},
  });
  const source = defineSource({
    name: "crm",
    async *export({ externalId }) {
      const names = mistake === "export-of-all" ? [...rows.keys()] : [externalId];
      const ids = names.flatMap((name) => rows.get(name) ?? []);
      for (const id of mistake === "export-twice" ? [...ids, ...ids] : ids) {
        yield { collection: "rows", id, category: "contact", data: {} };
      }
    },
    async erase({ externalId }, { request }) {
      const done = (records: number) =>
        ({ status: "done", recordsDeleted: records, collections: [] }) as const;
      if (away && mistake !== "done-while-away") throw new Error("ECONNREFUSED 10.0.0.1");
      if (away || mistake === "erase-nothing") return done(3);
      const held = rows.get(externalId);
      if (mistake === "unknown-throws" && held === undefined) throw new Error("no such person");
      if (mistake === "erase-once" && erased.has(request)) throw new Error("seen before");
      if (mistake === "half" && held !== undefined && held.length > 1) {
        rows.set(externalId, held.slice(1));
        return done(1);
      }
      erased.add(request).add(externalId);
      if (mistake === "erase-all") rows.clear();
      rows.delete(externalId);
      return done(held?.length ?? 0);
    },
    verify: async ({ externalId }) => ({
      remaining: mistake === "blind" ? 0 : (rows.get(externalId)?.length ?? 0),
    }),
    async *identities() {
      yield* mistake === "lists-the-erased" ? ["ann", "bob"] : rows.keys();
    },
  });
  const outage = {
    begin: async () => void (away = true),
    end: async () => void (away = false),
  };
  return {
    source,
    ann: person("ann"),
    bob: person("bob"),
    records: 3,
    outage,
    holds: async ({ externalId }) => rows.get(externalId)?.length ?? 0,
  };
}

describe("a source that an application wrote keeps every promise", () => {
  for (const { rule, check } of sourceRules) test(rule, () => check(ground(null)));
});

describe("the rules bite", () => {
  for (const [mistake, broken] of [
    ["export-of-all", /gives every record/],
    ["export-twice", /gives every record/],
    ["erase-all", /removes the person and nobody else/],
    ["erase-nothing", /removes the person/],
    ["erase-once", /the same request again/],
    ["half", /removes the person/],
    ["unknown-throws", /does not know/],
    ["blind", /a look finds/],
    ["done-while-away", /is away/],
    ["lists-the-erased", /lists whom it holds/],
  ] as const) {
    test(`a source with the mistake ${mistake} breaks one`, async () => {
      const failed: string[] = [];
      for (const { rule, check } of sourceRules) {
        await check(ground(mistake)).catch(() => failed.push(rule));
      }
      assert.ok(
        failed.some((rule) => broken.test(rule)),
        failed.join("; "),
      );
    });
  }
});
