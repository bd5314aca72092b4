import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { CaseRow } from "#cases";
import type { SourceRetention } from "#sources";

import { appTable, keeper } from "../spec/office/support/app-table.ts";
import { once, type PortCall } from "./support/intercepted-stores.ts";
import { memoryRegion, OFFICER } from "./support/region.ts";

// Goal: a hold that is placed while a retention run is under way keeps what is not gone yet.
// Method: it is placed when a batch stands in the ledger and in its row, and has not begun.

const isBatch = ({ port, method, args }: PortCall): boolean =>
  port === "cases" &&
  method === "advance" &&
  JSON.stringify((args[0] as CaseRow).facts).includes('"batch":1');

/** A run of batches of one row each, and a hold on ada before the first of them begins. */
async function heldLate(rule: (whole: SourceRetention) => SourceRetention) {
  using table = appTable();
  const region = memoryRegion();
  table.add("ada", [100, 99], region.clock.now());
  table.add("bob", [98], region.clock.now());
  const process = await region.open({
    sources: [keeper([rule(table.rule())])],
    retention: { batchMax: 1, pauseMs: 0, anomaly: { share: 1, factor: 1_000_000 } },
    around: once("after", isBatch, async () => {
      const officer = await process.oubli.as(OFFICER).subject("ada");
      await officer.hold({ case: "7 O 12/26", reason: "litigation" });
    }),
  });
  for (const person of ["ada", "bob"]) await process.oubli.subject(person);
  const { rules } = await process.oubli.as(OFFICER).retention.run();
  const people = table.people();
  await process.oubli.close();
  return { people, ...rules.find((one) => one.rule === "crm.session-logs")! };
}

describe("a hold that is placed behind a batch's entry and before it begins", () => {
  test("keeps the person's rows, and the others go", async () => {
    const { people, removed, state } = await heldLate((whole) => whole);
    assert.deepEqual(people, ["ada", "ada"]);
    assert.deepEqual([removed, state], [1, "done"]);
  });

  test("stops a rule that cannot pass over anybody, and no batch is left open in its row", async () => {
    const { people, removed, state, reason, batch } = await heldLate(({ rule, count, sweep }) => ({
      rule,
      count,
      sweep,
    }));
    assert.deepEqual(people, ["ada", "ada", "bob"]);
    assert.deepEqual([removed, state, reason, batch], [0, "held", "held", 0]);
  });
});
