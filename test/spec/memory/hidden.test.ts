import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { ConfigInput } from "#policy";

import { entriesOf, held, openPeople, TEA } from "../world.ts";

const PURPOSES = {
  support: { basis: "contract", categories: ["preference"], retention: "P1Y" },
  care: {
    basis: "contract",
    condition: "vital-interests",
    categories: ["health", "preference"],
    retention: "P1Y",
  },
} as const satisfies ConfigInput["purposes"];

const LIKES = { category: "preference" } as const;

async function openHidden() {
  const world = await openPeople({ purposes: PURPOSES });
  const chat = world.ada.session({ purpose: "support" });
  const care = world.ada.session({ purpose: "care" });
  const [mine] = (await chat.remember(TEA, LIKES)).nodes;
  const [hidden] = (await care.remember("has asthma", { category: "health" })).nodes;
  return { ...world, chat, care, mine: mine!, hidden: hidden! };
}

/** An entry without what is random in it. */
function plain(entry: Record<string, unknown>) {
  return { ...entry, id: null, salt: null, session: null };
}

describe("what a purpose may not see is, for it, not there", () => {
  test("to derive from, link or correct what is hidden answers as for what is missing, in the log too", async () => {
    await using world = await openHidden();
    const attempts = {
      derive: (id: string) => world.chat.derive([world.mine, id], () => "x"),
      link: (id: string) => world.chat.link(world.mine, id, "same_as"),
      correct: (id: string) => world.ada.correct(id, "new", { purpose: "support" }),
    };
    for (const [verb, attempt] of Object.entries(attempts)) {
      const seen: unknown[] = [];
      for (const id of [world.hidden, `node_${"A".repeat(22)}`]) {
        const before = (await entriesOf(world.oubli, "access")).length;
        const error = await attempt(id).then(
          () => assert.fail(`${verb} was done`),
          (thrown: unknown) => JSON.stringify(thrown),
        );
        const entries = (await entriesOf(world.oubli, "access")).slice(before);
        seen.push([error, entries.map(plain)]);
        assert.deepEqual(
          entries.map(({ t, ...entry }) => [t, entry["verb"], entry["reason"]]),
          [["deny", verb, "NOT_FOUND"]],
        );
      }
      assert.deepEqual(seen[0], seen[1], verb);
    }
  });

  test("where the purpose itself is refused, so is the call, whatever it names", async () => {
    await using world = await openHidden();
    await world.ada.restrict({ ground: "accuracy-contested" });
    for (const id of [world.mine, world.hidden, `node_${"A".repeat(22)}`]) {
      const refused = { code: "SUBJECT_RESTRICTED" };
      await assert.rejects(
        world.chat.derive([id], () => "x"),
        refused,
      );
      await assert.rejects(world.ada.correct(id, "new", { purpose: "support" }), refused);
    }
  });

  test("a source event known for another purpose alone is stored for this one, and names no hidden memory", async () => {
    await using world = await openHidden();
    const mail = { source: { system: "mail", event: "7" } };
    const first = await world.care.remember("asthma, says mail 7", { ...mail, category: "health" });

    const second = await world.chat.remember("tea, says mail 7", { ...mail, ...LIKES });
    const third = await world.chat.remember("tea, says mail 7", { ...mail, ...LIKES });

    assert.deepEqual([second.known, third.known], [0, 1]);
    assert.notDeepEqual(second.nodes, first.nodes);
    assert.deepEqual(third.nodes, second.nodes);
    assert.equal((await held(world.ada.self())).length, 4);
    await world.ada.forget(second.nodes[0]!);
    await assert.rejects(world.chat.remember("tea, says mail 7", { ...mail, ...LIKES }), {
      code: "REPLAY_OF_ERASED",
    });
  });

  test("an idempotency key used for another purpose answers with no hidden memory", async () => {
    await using world = await openHidden();
    const key = { idempotencyKey: "call-7" };
    const first = await world.care.remember("has asthma", { ...key, category: "health" });
    const second = await world.chat.remember(TEA, { ...key, ...LIKES });

    assert.equal(second.known, 0);
    assert.notDeepEqual(second.nodes, first.nodes);
  });
});
