import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DAY_MS, randomIds, word, type EpochMs } from "#kernel";

import type { Tally, TallyStore } from "./tally-store.ts";
import { createTracker } from "./tracker.ts";

const acme = word("acme");

function openTracker(perSession = 1) {
  let now = 20_000 * DAY_MS;
  const written: (readonly Tally[])[] = [];
  let fails = false;
  const store = {
    async add(_: string, tallies: readonly Tally[]) {
      if (fails) throw new Error("away");
      written.push(tallies);
    },
  } as unknown as TallyStore;
  const clock = { now: () => now as EpochMs };
  const tracker = createTracker({ perSession }, { store, clock });
  return {
    tracker,
    written,
    advance: (ms: number) => (now += ms),
    fail: (failing: boolean) => (fails = failing),
    seen: (by: Parameters<typeof tracker.track>[1], event = "opened") =>
      tracker.track({ tenant: acme, event: event as never, cell: word("") }, by),
  };
}

describe("what counts without people", () => {
  test("a session counts for an event as often as it may in a day, and anew the next day", () => {
    const { seen, advance } = openTracker(2);
    const chat = randomIds.next("session");
    assert.deepEqual([seen(chat), seen(chat), seen(chat)], [true, true, false]);
    assert.equal(seen(chat, "closed"), true);
    assert.equal(seen(randomIds.next("session")), true);
    advance(DAY_MS);
    assert.equal(seen(chat), true);
  });

  test("what is written down is sums by day, and no session", async () => {
    const { tracker, seen, written, advance } = openTracker();
    const chats = Array.from({ length: 3 }, () => randomIds.next("session"));
    for (const chat of chats) seen(chat);
    await tracker.flush();
    await tracker.flush();
    advance(DAY_MS);
    seen(chats[0]!);
    await tracker.close();
    const [first, second] = written as [readonly Tally[], readonly Tally[]];
    assert.deepEqual(first, [{ day: 20_000, event: "opened", cell: "", count: 3 }]);
    assert.deepEqual(second, [{ day: 20_001, event: "opened", cell: "", count: 1 }]);
    const text = JSON.stringify(written);
    assert.ok(chats.every((chat) => !text.includes(chat)));
  });

  test("what could not be written down is written the next time, once", async () => {
    const { tracker, seen, written, fail } = openTracker();
    seen(randomIds.next("session"));
    fail(true);
    await assert.rejects(tracker.flush());
    seen(randomIds.next("session"));
    fail(false);
    await tracker.flush();
    assert.deepEqual(
      written.map(([tally]) => tally!.count),
      [2],
    );
  });

  test("where one controller's counts cannot be written, the others' are, and it is said", async () => {
    const written: string[] = [];
    let away = "a";
    const store = {
      async add(tenant: string) {
        if (tenant === away) throw new Error("away");
        written.push(tenant);
      },
    } as unknown as TallyStore;
    const clock = { now: () => 0 as EpochMs };
    const tracker = createTracker({ perSession: 1 }, { store, clock });
    for (const tenant of ["a", "b", "c"]) {
      const seen = { tenant: tenant as never, event: word("opened"), cell: word("") };
      tracker.track(seen, randomIds.next("session"));
    }
    await assert.rejects(tracker.flush(), /away/);
    assert.deepEqual(written, ["b", "c"]);
    away = "nobody";
    await tracker.flush();
    assert.deepEqual(written, ["b", "c", "a"]);
  });
});
