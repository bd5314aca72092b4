import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { Subject } from "#engine";
import { isOubliError } from "#kernel";

import { ENGINES, type Engine } from "./support/ground.ts";
import type { Around } from "./support/intercepted-stores.ts";
import { accepted, openPlace, tell, USE } from "./support/restored-place.ts";
import { THOROUGH } from "./support/thorough.ts";

// Proof 8: nothing that was erased comes back: not by a replayed event, not by a restored backup.
// Method: real files, restored by copying them back as an operator would. What came back is looked
// for through the product, and in the files by SQL and bytes of the test's own.

/** Events of one person; daily on a server fewer. */
const EVENTS = { sqlite: 1000, postgres: THOROUGH ? 1000 : 60 };
const DAY_MS = 24 * 60 * 60 * 1000;

for (const engine of ENGINES) {
  describe(`${engine}: a replayed event of an erased memory is refused, and a new statement is not`, () => {
    test("after forget, erase and a new registration, a restart, and a rotation", async () => {
      await using place = await openPlace(engine);
      const first = await place.oubli.subject("ada");
      const nodes = await tell(first, eventIds(engine, "erased"));
      await first.forget(nodes.slice(0, EVENTS[engine] / 2));
      assert.equal(
        await accepted(first, eventIds(engine, "erased").slice(0, EVENTS[engine] / 2)),
        0,
        "after forget",
      );

      await first.erase();
      const again = await place.oubli.subject("ada");
      assert.notEqual(again.id, first.id);
      assert.equal(
        await accepted(again, eventIds(engine, "erased")),
        0,
        "after erase and registration",
      );
      const other = await place.oubli.subject("bob");
      assert.equal(
        await accepted(other, eventIds(engine, "erased").slice(0, 10)),
        0,
        "by another name",
      );

      await place.restart();
      assert.equal(
        await accepted(await ada(place), eventIds(engine, "erased")),
        0,
        "after a restart",
      );
      await place.oubli.rotate();
      assert.equal(
        await accepted(await ada(place), eventIds(engine, "erased")),
        0,
        "after a rotation",
      );
      await place.restart();
      assert.equal(
        await accepted(await ada(place), eventIds(engine, "erased")),
        0,
        "and after both",
      );

      assert.equal(
        await accepted(await ada(place), eventIds(engine, "new")),
        EVENTS[engine],
        "new statements",
      );
      const { nodes: held } = await (await ada(place)).self().export();
      assert.equal(held.length, EVENTS[engine]);
    });

    test("a batch with one replayed event in it is refused whole, and can be told without it", async () => {
      await using place = await openPlace(engine);
      const person = await place.oubli.subject("ada");
      const [node] = await tell(person, ["old"]);
      await person.forget(node!);

      await assert.rejects(tell(person, ["a", "old", "b"]), { code: "REPLAY_OF_ERASED" });
      assert.deepEqual((await person.self().export()).nodes, []);
      assert.equal((await tell(person, ["a", "b"])).length, 2);
    });

    test("a replay fence ends: after ten years the event may be told again", async () => {
      await using place = await openPlace(engine);
      const person = await place.oubli.subject("ada");
      const nodes = await tell(person, eventIds(engine, "erased").slice(0, 50));
      await person.forget(nodes);

      place.advance(3649 * DAY_MS);
      await place.oubli.sweep();
      assert.equal(await accepted(person, eventIds(engine, "erased").slice(0, 50)), 0);
      place.advance(2 * DAY_MS);
      assert.equal((await place.oubli.sweep()).fences, 50);
      assert.equal(await accepted(person, eventIds(engine, "erased").slice(0, 50)), 50);
    });

    test("the check can fail: without its fences, the store takes every event back", async () => {
      await using place = await openPlace(engine);
      const person = await place.oubli.subject("ada");
      await person.forget(await tell(person, eventIds(engine, "erased").slice(0, 50)));
      await place.sql("memory", "DELETE FROM replay_fence");

      assert.equal(await accepted(person, eventIds(engine, "erased").slice(0, 50)), 50);
    });
  });
}

/** What a backup from before holds, and what was done since. */
async function openErased(engine: Engine) {
  const place = await openPlace(engine);
  const people = {
    forgetful: await place.oubli.subject("forgetful"),
    corrected: await place.oubli.subject("corrected"),
    erased: await place.oubli.subject("erased"),
    bystander: await place.oubli.subject("bystander"),
  };
  const told = new Map<Subject, readonly string[]>();
  for (const person of Object.values(people)) {
    const nodes = await tell(person, eventIds(engine, person.id).slice(0, 20));
    told.set(person, nodes);
    const chat = person.session({ purpose: "support" });
    for (let at = 0; at < 5; at += 1) await chat.derive([nodes[at]!], () => `made of ${at}`);
  }
  const sealedBefore = await place.sealed();
  const ids = async (person: Subject) =>
    (await person.self().export()).nodes.map(({ id }) => id as string);
  const corrected = told.get(people.corrected)!.slice(0, 5);
  const all = [...(await ids(people.forgetful)), ...(await ids(people.erased))];
  const backup = await place.copy();

  await people.forgetful.forget(told.get(people.forgetful)!.slice(0, 10));
  for (const id of corrected) await people.corrected.correct(id, "put right", USE);
  await people.erased.erase();
  const kept = new Set(await ids(people.forgetful));
  const sealedAfter = new Set((await place.sealed()).map(({ bytes }) => bytes.toString("hex")));
  return Object.assign(place, {
    people,
    backup,
    /** Ids that were destroyed since. */
    gone: all.filter((id) => !kept.has(id)),
    /** Ids whose first revision was destroyed since. */
    corrected,
    /** Sealed bytes of all that was destroyed since. */
    sealedGone: sealedBefore.filter(({ bytes }) => !sealedAfter.has(bytes.toString("hex"))),
  });
}

type Erased = Awaited<ReturnType<typeof openErased>>;

/** What of the destroyed can be read, or is in the files: none, if all is well. */
async function cameBack(world: Erased) {
  const { people, gone } = world;
  const officer = world.oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] });
  let readable = 0;
  for (const name of ["forgetful", "erased"]) {
    const person = await officer.find(name);
    // Who is gone is not there, or refused; anything else is shown.
    const copy = await person?.export().catch((error: unknown) => {
      if (!isOubliError(error, "SUBJECT_ERASED")) throw error;
    });
    const shown = new Set((copy?.nodes ?? []).map(({ id }) => id as string));
    readable += gone.filter((id) => shown.has(id)).length;
  }
  const again = await officer.find("corrected");
  const wrong = (await again!.export()).nodes.filter(
    ({ id, content }) => world.corrected.includes(id) && content !== "put right",
  );
  const bystander = await officer.find("bystander");
  assert.equal((await bystander!.export()).nodes.length, 25, "nobody else lost anything");
  assert.equal(bystander!.id, people.bystander.id);

  await world.close();
  // A page that was split may keep old bytes in its unused part: see docs/explanation/limits.md.
  await world.compact("memory");
  const stored = new Set((await Promise.all(world.tables.map((table) => world.ids(table)))).flat());
  const files = await world.bytes("memory");
  const keys = await world.ids("node_key", "keys");
  return {
    readable: readable + wrong.length,
    stored: gone.filter((id) => stored.has(id)).length,
    sealed: world.sealedGone.filter(({ bytes }) => files.includes(bytes.subarray(0, 64))).length,
    keys: gone.filter((id) => keys.includes(id)).length,
  };
}

const NOTHING = { readable: 0, stored: 0, sealed: 0, keys: 0 };

for (const engine of ENGINES) {
  describe(`${engine}: a restored database is brought up to the ledger before anything is served`, () => {
    test("the world of this proof: before any restore, nothing of the destroyed is there", async () => {
      await using world = await openErased(engine);
      assert.equal(world.gone.length, 15 + 25);
      assert.ok(world.sealedGone.length >= 45, "the corrected revisions are among them");
      assert.deepEqual(await cameBack(world), NOTHING);
    });

    for (const names of [["memory"], ["keys"], ["memory", "keys"]] as const) {
      test(`${names.join(" and ")}: 0 of the destroyed come back`, async () => {
        await using world = await openErased(engine);
        await world.restore(names);
        await world.restart();
        assert.deepEqual(await cameBack(world), NOTHING);
      });

      if (engine === "postgres" && !THOROUGH) continue;
      test(`${names.join(" and ")}, again after the next restart and a sweep`, async () => {
        await using world = await openErased(engine);
        await world.restore(names);
        await world.restart();
        await world.restart();
        await world.oubli.sweep();
        assert.deepEqual(await cameBack(world), NOTHING);
      });
    }

    test("the check can fail: where the replay is skipped, it finds all of them back", async () => {
      await using world = await openErased(engine);
      await world.restore(["memory", "keys"]);
      for (const name of ["memory", "keys"] as const) {
        await world.sql(name, "UPDATE applied SET ledger_index = 1000000");
      }
      await world.restart();
      const found = await cameBack(world);
      assert.equal(found.stored, world.gone.length);
      assert.equal(found.keys, world.gone.length);
      assert.equal(found.readable, 15 + 5, "an erased person is refused by the ledger alone");
      assert.ok(found.sealed >= world.gone.length);
    });

    test("while the replay stands still nothing is served: opening has not come back", async () => {
      await using world = await openErased(engine);
      await world.restore(["memory"]);
      const reached = Promise.withResolvers<void>();
      const still = Promise.withResolvers<void>();
      const around: Around = async ({ port, method }, go) => {
        if (port === "memory" && method === "purgeNodes") {
          reached.resolve();
          await still.promise;
        }
        return go();
      };
      const opening = world.openThrough(around);
      await reached.promise;
      assert.equal(await Promise.race([opening, pause(50, "still shut")]), "still shut");
      still.resolve();
      await (await opening).close();
    });

    test("a replay that fails keeps the store shut, until it succeeds", async () => {
      await using world = await openErased(engine);
      await world.restore(["memory"]);
      await world.stick(true);
      await assert.rejects(world.open(), { code: "STORE_DAMAGED" });
      await assert.rejects(world.open(), { code: "STORE_DAMAGED" });

      await world.stick(false);
      await world.restart();
      assert.deepEqual(await cameBack(world), NOTHING);
    });

    test("an old replay of the restored events is refused again", async () => {
      await using world = await openErased(engine);
      await world.restore(["memory"]);
      await world.restart();
      const person = (await world.oubli.find("forgetful"))!;
      const replayed = eventIds(engine, world.people.forgetful.id).slice(0, 10);
      assert.equal(await accepted(person, replayed), 0);
    });

    test("a key database from before a rotation opens nothing, and so nothing is served", async () => {
      await using world = await openErased(engine);
      await world.oubli.rotate();
      await world.restore(["keys"]);
      await assert.rejects(world.open(), { code: "ROOT_MISSING" });
    });
  });
}

for (const engine of ENGINES) {
  describe(`${engine}: a restored audit log is noticed by the notary, whose file no backup holds`, () => {
    for (const names of [["audit"], ["audit", "memory"], ["audit", "memory", "keys"]] as const) {
      test(`${names.join(", ")}: LOG_FORKED, and nothing is served`, async () => {
        await using world = await openErased(engine);
        await world.restore(names);
        await assert.rejects(world.open(), { code: "LOG_FORKED" });
        await assert.rejects(world.open(), { code: "LOG_FORKED" });
      });
    }

    test("an audit log that is gone altogether is no new beginning", async () => {
      await using world = await openErased(engine);
      await world.close();
      await world.lose("audit");
      await assert.rejects(world.open(), { code: "LOG_FORKED" });
    });

    test("the check can fail: put back as it was, everything is served again", async () => {
      await using world = await openErased(engine);
      const now = await world.copy();
      await world.restore(["audit"]);
      await assert.rejects(world.open(), { code: "LOG_FORKED" });
      await world.restore(["audit"], now);
      await world.restart();
      assert.deepEqual(await cameBack(world), NOTHING);
    });
  });
}

const eventIds = (engine: Engine, name: string): string[] =>
  Array.from({ length: EVENTS[engine] }, (_, at) => `${name}-${at}`);

const ada = async ({ oubli }: Pick<Awaited<ReturnType<typeof openPlace>>, "oubli">) =>
  (await oubli.find("ada"))!;
