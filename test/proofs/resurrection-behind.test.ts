import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Subject } from "#engine";

import { ENGINES, type Engine } from "./support/ground.ts";
import { accepted, openPlace, tell, USE } from "./support/restored-place.ts";

// Proof 8, of what no backup has seen: told and erased after it was taken. Once the memories are
// put back, they know nothing of it, and only what stands beside the ledger can refuse its replay.

const EVENTS = 100;
const DAY_MS = 24 * 60 * 60 * 1000;
const OFFICER = { kind: "staff", id: "officer", roles: ["privacy-officer"] } as const;

const events = (name: string, count = EVENTS): string[] =>
  Array.from({ length: count }, (_, at) => `${name}-${at}`);

/** A backup of the memories, and people who told and erased behind it. */
async function openBehind(engine: Engine) {
  const place = await openPlace(engine);
  const [ada, ben] = [await place.oubli.subject("ada"), await place.oubli.subject("ben")];
  await tell(ada, ["before"]);
  await place.copy();
  const nodes = await tell(ada, events("forgotten"));
  await tell(ben, events("erased"));
  await ada.session(USE).remember("once", { idempotencyKey: "call-1" });
  await ada.session(USE).remember("twice", { idempotencyKey: "call-2" });
  return Object.assign(place, { ada, ben, nodes });
}

type Behind = Awaited<ReturnType<typeof openBehind>>;

async function destroy({ ada, ben, nodes }: Behind): Promise<void> {
  await ada.forget(nodes);
  await forgetSaying(ada, "once");
  await ben.erase();
}

async function forgetSaying(person: Subject, content: string): Promise<void> {
  const { nodes } = await person.self().export();
  await person.forget(nodes.find((node) => node.content === content)!.id);
}

async function afterRestore(place: Behind): Promise<Subject> {
  await place.restore(["memory"]);
  await place.restart();
  return (await place.oubli.find("ada"))!;
}

const again = (person: Subject, content: string, idempotencyKey: string) =>
  person.session(USE).remember(content, { idempotencyKey });

for (const engine of ENGINES) {
  describe(`${engine}: what was told and erased behind a backup of the memories stays refused once it is back`, () => {
    test("0 of the forgotten and 0 of an erased person's events are taken, under any name", async () => {
      await using place = await openBehind(engine);
      await destroy(place);

      const ada = await afterRestore(place);

      assert.equal(await accepted(ada, events("forgotten")), 0);
      assert.equal(await accepted(ada, events("erased")), 0);
      assert.equal(await accepted(await place.oubli.subject("ben"), events("erased")), 0);
      assert.equal(await accepted(ada, events("new")), EVENTS, "what is new is taken");
    });

    test("a repeated call is refused as well, for its day", async () => {
      await using place = await openBehind(engine);
      await destroy(place);

      const ada = await afterRestore(place);

      await assert.rejects(again(ada, "once", "call-1"), { code: "REPLAY_OF_ERASED" });
      // Of one that was not erased the backup knows nothing: it is stored again.
      assert.equal((await again(ada, "twice", "call-2")).nodes.length, 1);
      place.advance(2 * DAY_MS);
      assert.equal((await again(ada, "once", "call-1")).nodes.length, 1);
    });

    for (const died of ["keys.shredNodes", "memory.purgeNodes", "audit.append"] as const) {
      test(`also where the process died at ${died}, and the backup came back before the redo`, async () => {
        await using place = await openBehind(engine);
        const { nodes } = place;
        await place.close();
        let armed = false;
        const dying = await place.openThrough(async ({ port, method, args }, go) => {
          const appends = method === "append" && JSON.stringify(args).includes("erasure.executed");
          const here = `${port}.${method}` === died && (method !== "append" || appends);
          if (armed && here) throw new Error("died");
          return go();
        });
        armed = true;
        await assert.rejects((await dying.find("ada"))!.forget(nodes));
        await dying.close().catch(() => {});

        const ada = await afterRestore(place);

        assert.equal(await accepted(ada, events("forgotten")), 0);
        assert.equal(await accepted(ada, events("new", 20)), 20);
      });
    }

    test("of a person with more events than are fenced at once, none comes back", async () => {
      await using place = await openPlace(engine);
      const many = events("many", 2100);
      await place.oubli.subject("ada");
      await place.copy();
      const ben = await place.oubli.subject("ben");
      for (let at = 0; at < many.length; at += 700) await tell(ben, many.slice(at, at + 700));
      await ben.erase();

      await place.restore(["memory"]);
      await place.restart();

      const ada = (await place.oubli.find("ada"))!;
      assert.equal(await accepted(ada, [...many.slice(0, 50), ...many.slice(-150)]), 0);
    });

    test("its fences end as all others: after ten years the events may be told again", async () => {
      await using place = await openBehind(engine);
      await destroy(place);
      const ada = await afterRestore(place);

      place.advance(3649 * DAY_MS);
      await place.oubli.sweep();
      assert.equal(await accepted(ada, events("forgotten", 20)), 0);
      place.advance(2 * DAY_MS);
      await place.oubli.sweep();
      assert.equal(await accepted(ada, events("forgotten", 20)), 20);
      assert.equal(await place.count("audit", "replay_fence"), 0);
    });

    test("no fence says which erasure it is of: they end on whole days and hours", async () => {
      await using place = await openBehind(engine);
      place.advance(12_345_678);
      await destroy(place);
      for (const name of ["audit", "memory"] as const) {
        assert.ok((await place.count(name, "replay_fence")) > EVENTS);
        assert.equal(
          await place.count(name, `replay_fence WHERE until % ${60 * 60 * 1000} <> 0`),
          0,
        );
        const days = `replay_fence WHERE until > ${Date.UTC(2030, 0, 1)} AND until % ${DAY_MS} <> 0`;
        assert.equal(await place.count(name, days), 0);
      }
    });

    test("the check can fail: without the fences beside the ledger, every event is taken back", async () => {
      await using place = await openBehind(engine);
      await destroy(place);
      await place.close();
      await place.sql("audit", "DELETE FROM replay_fence");

      const ada = await afterRestore(place);

      assert.equal(await accepted(ada, events("forgotten")), EVENTS);
      assert.equal((await again(ada, "once", "call-1")).nodes.length, 1);
    });
  });

  describe(`${engine}: what a hold kept from an erasure behind its plan is spared by a restore too`, () => {
    test("both what the plan held and what became visible behind it come through", async () => {
      await using place = await openPlace(engine);
      const ada = await place.oubli.subject("ada");
      await tell(ada, ["first"]);
      await place.oubli
        .as(OFFICER)
        .subjectById(ada.id)
        .then((officer) => officer.hold({ case: "case-7", reason: "litigation" }));
      await place.close();
      let late: readonly string[] = [];
      const racing = await place.openThrough(async ({ port, method, args }, go) => {
        const intends = port === "audit" && JSON.stringify(args).includes("erasure.begin");
        if (method === "append" && intends && late.length === 0) {
          late = ["to come"];
          const beside = await place.open();
          late = await tell((await beside.find("ada"))!, ["late"]);
          await place.copy();
          await beside.close();
        }
        return go();
      });
      const { entry } = await (await racing.find("ada"))!.erase();
      await racing.close();
      assert.deepEqual(entry["scope"], { nodes: 0, held: 2, subject: true });

      await place.restore(["memory", "keys"]);
      await place.restart();

      const kept = await place.oubli.as(OFFICER).subjectById(ada.id);
      assert.equal((await kept.plan()).held, 2);
      assert.ok((await place.ids("node")).includes(late[0]!));
      assert.ok((await place.ids("node_key", "keys")).includes(late[0]!), "and can be opened");
    });
  });
}
