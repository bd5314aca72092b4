import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { letters, openOnDisk, PLAN, TEA } from "../world.ts";

// Goal: a memory is a record of one person, and not a point in an index that all share.
describe("a memory is a record", () => {
  test("it has its own key, one owner, and is selected, changed and deleted alone", async () => {
    await using world = await openOnDisk();
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const [plan] = (await chat.remember(PLAN, { category: "account" })).nodes;
    const row = (node: string) =>
      world.rows("memory", `SELECT hex(sealed) AS body FROM body WHERE node_id = '${node}'`);
    const before = row(plan!);

    await ada.correct(tea!, "prefers jam", { purpose: "support" });
    await ada.forget(tea!);

    assert.deepEqual(row(plan!), before);
    assert.deepEqual(row(tea!), []);
  });

  test("every table of memories leads with its owner; no index is shared between people", async () => {
    await using world = await openOnDisk();
    const shared = world
      .rows("memory", "SELECT name, tbl_name AS owner FROM sqlite_schema WHERE type = 'index'")
      .filter(({ name }) => {
        const [first] = world.rows(
          "memory",
          `SELECT name FROM pragma_index_info('${String(name)}')`,
        );
        return first!["name"] !== "subject_id";
      });
    // What these find is an age, or a keyed fingerprint without its owner: nothing that was said.
    assert.deepEqual(
      shared
        .map(({ name }) => name)
        .filter((name) => !String(name).startsWith("sqlite_autoindex"))
        .sort(),
      ["idempotency_until", "node_expiry", "replay_fence_until"],
    );
  });

  test("one person's memories in one category are found by an index, without a scan", async () => {
    await using world = await openOnDisk();
    const plan = world.rows(
      "memory",
      `EXPLAIN QUERY PLAN SELECT node_id FROM node INDEXED BY node_list
       WHERE subject_id = 'x' AND instr(categories, '"account"') > 0`,
    );
    assert.match(
      String(plan[0]!["detail"]),
      /^SEARCH node USING COVERING INDEX node_list \(subject_id=\?/,
    );
  });

  test("an embedding has its own row, is sealed, is corrected and goes with its memory", async () => {
    await using world = await openOnDisk({}, { embedder: letters });
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
    const vector = () =>
      world
        .rows("memory", "SELECT revision, sealed FROM embedding")
        .map(({ revision, sealed }) => ({
          revision,
          sealed: Buffer.from(sealed as Uint8Array),
        }));
    const [plain] = await letters.embed([TEA]);
    assert.equal(vector()[0]!.sealed.includes(Buffer.from(plain!.buffer)), false);
    assert.ok(vector()[0]!.sealed.length >= plain!.byteLength);

    await ada.correct(tea!, "prefers jam", { purpose: "support" });
    assert.deepEqual(
      vector().map(({ revision }) => revision),
      [2],
    );

    await ada.forget(tea!);
    assert.deepEqual(vector(), []);
  });

  test("a query by meaning is answered from the vectors, and from the person's own alone", async () => {
    await using world = await openOnDisk({}, { embedder: letters });
    const [ada, bob] = [await world.oubli.subject("ada"), await world.oubli.subject("bob")];
    await ada.session({ purpose: "support" }).remember("aaaa", { category: "preference" });
    await ada.session({ purpose: "support" }).remember("zzzz", { category: "preference" });
    await bob.session({ purpose: "support" }).remember("aaab", { category: "preference" });

    const { nodes } = await ada.session({ purpose: "support" }).recall("aaa", { limit: 1 });
    assert.deepEqual(
      nodes.map(({ content }) => content),
      ["aaaa"],
    );
  });
});
