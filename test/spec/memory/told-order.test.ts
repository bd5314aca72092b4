import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openPeople } from "../world.ts";

const LINES = Array.from({ length: 12 }, (_, at) => `line ${at}`);

/** One batch has one time, and its ids are random. */
async function openTold() {
  const world = await openPeople();
  const chat = world.ada.session({ purpose: "support" });
  await chat.remember(
    LINES.map((content, at) => ({
      role: at % 2 === 0 ? ("user" as const) : ("assistant" as const),
      content,
      category: "preference" as const,
    })),
  );
  return { ...world, chat };
}

const texts = (nodes: readonly { readonly content: string }[]) =>
  nodes.map(({ content }) => content);

describe("what was told at one time keeps the order in which it was told", () => {
  test("in the context block, with who spoke before each line", async () => {
    await using world = await openTold();
    const { context } = await world.chat.recall("", { limit: 12 });
    const lines = context.split("\n").slice(1, -1);

    assert.deepEqual(
      lines.map((line) => line.replace(/^- \d{4}-\d\d-\d\d /, "")),
      LINES.map((text, at) => `${at % 2 === 0 ? "user" : "assistant"}: ${text}`),
    );
  });

  test("in a recall of the newest and on a page of a list: the last told comes first", async () => {
    await using world = await openTold();
    const newest = LINES.toReversed();

    assert.deepEqual(texts((await world.chat.recall("", { limit: 12 })).nodes), newest);
    assert.deepEqual(texts((await world.chat.recall("", { limit: 3 })).nodes), newest.slice(0, 3));
    assert.deepEqual(texts((await world.ada.list({ purpose: "support" })).nodes), newest);
  });

  test("in an export", async () => {
    await using world = await openTold();
    assert.deepEqual(texts((await world.ada.self().export()).nodes), LINES);
  });

  test("pages of a list have every memory once, though they split what was told at one time", async () => {
    await using world = await openTold();
    const seen: string[] = [];
    for (let after: Awaited<ReturnType<typeof world.ada.list>>["next"] | undefined; ;) {
      const page = await world.ada.list({
        purpose: "support",
        limit: 5,
        ...(after ? { after } : {}),
      });
      seen.push(...texts(page.nodes));
      if (page.next === null) break;
      after = page.next;
    }
    assert.deepEqual(seen.toSorted(), LINES.toSorted());
  });
});
