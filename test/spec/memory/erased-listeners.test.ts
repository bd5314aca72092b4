import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";

import type { NodeId } from "#kernel";

import { openPeople, TEA } from "../world.ts";

async function openTea() {
  const world = await openPeople();
  const chat = world.ada.session({ purpose: "support" });
  const [tea] = (await chat.remember(TEA, { category: "preference" })).nodes;
  return { ...world, chat, tea: tea! };
}

describe("a session is told what vanished", () => {
  test("a correction tells the corrected memory and what had been made from it", async () => {
    await using world = await openTea();
    const [made] = (await world.chat.derive([world.tea], () => "a tea drinker")).nodes;
    const told: (NodeId | null)[] = [];
    world.chat.onErased((nodes) => void told.push(...(nodes ?? [null])));

    await world.ada.correct(world.tea, "prefers jam", { purpose: "support" });

    assert.deepEqual(told, [world.tea, made]);
  });

  test("a listener that rejects is warned about, without what it said, and harms nothing", async () => {
    await using world = await openTea();
    const warned = once(process, "warning");
    world.chat.onErased((() => Promise.reject(new Error(TEA))) as () => void);

    await world.ada.forget(world.tea);

    const [warning] = (await warned) as [Error & { code: string }];
    assert.equal(warning.code, "OUBLI_LISTENER_THREW");
    assert.doesNotMatch(String(warning.stack), /tea/);
  });

  test("a listener that puts itself in its own place is called once for one erasure", async () => {
    await using world = await openTea();
    world.chat.onErased(() => {});
    let calls = 0;
    const again = () => {
      calls += 1;
      stop();
      if (calls < 10) stop = world.chat.onErased(again);
    };
    let stop = world.chat.onErased(again);

    await world.ada.forget(world.tea);

    assert.equal(calls, 1);
  });

  test("to stop a listener twice stops no other, not even one with the same function", async () => {
    await using world = await openTea();
    let heard = 0;
    const listener = () => void (heard += 1);
    const stop = world.chat.onErased(listener);
    stop();
    world.ada.session({ purpose: "support" }).onErased(listener);
    stop();

    await world.ada.forget(world.tea);

    assert.equal(heard, 1);
  });
});
