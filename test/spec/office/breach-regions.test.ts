import assert from "node:assert/strict";
import { test } from "node:test";

import { adaIn, SCC, twoRegions } from "../transfers.ts";

test("what came with a person from another region is counted, and said to be listed there", async (t) => {
  const oubli = await twoRegions(t).open();
  t.after(() => oubli.close());
  const { ada } = await adaIn(oubli);
  const { breach: before } = oubli.region("eu");
  const there = await before.scope({ region: "eu" });
  assert.deepEqual([there.people, there.unlisted, there.complete], [1, 0, true]);
  // The first instant that is too late: the last memory may be of this very millisecond.
  const left = new Date(Date.now() + 1);
  const { subject } = await ada.transfer(SCC);

  const here = await oubli.region("us").breach.scope({ region: "us" });
  assert.deepEqual([here.people, here.items, here.complete], [1, 0, false]);
  assert.equal(here.unlisted, there.items);
  const gone = await before.scope({ region: "eu", from: new Date(Date.now() + 1) });
  assert.deepEqual([gone.people, gone.items], [0, 0]);
  assert.equal((await before.scope({ region: "eu", until: left })).items, there.items);

  const chat = subject.session({ purpose: "support" });
  const { nodes } = await chat.recall("tram");
  const given = await oubli.region("us").breach.scope({ actor: "dpo" });
  assert.equal(given.items, nodes.length, "what is given out there is named there");
  assert.throws(() => oubli.breach, { code: "INPUT_INVALID" });
  await assert.rejects(before.scope({ region: "us" }), { code: "INPUT_INVALID" });
});
