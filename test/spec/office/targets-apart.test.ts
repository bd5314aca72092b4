import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { worldOf } from "#engine";
import { word, type Actor } from "#kernel";
import { openTargets, resumeTargets } from "#sources";

import { eraseAda, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem } from "./other-system.ts";

const OFFICER: Actor = { kind: "staff", id: word("dpo"), roles: [word("privacy-officer")] };
const MOST = Number.MAX_SAFE_INTEGER;

describe("B4: one erasure in other systems stands in the way of no other", () => {
  test("a system that counts more than a number can hold is done, and the sweep goes on", async () => {
    const crm = otherSystem("crm", {
      async erase() {
        const status = crm.rows.delete("ada") ? "pending" : "done";
        const collections = [1, 2].map(() => ({
          name: "rows",
          records: MOST,
          strategy: "delete" as const,
        }));
        return { status, recordsDeleted: MOST, collections };
      },
    });
    const { oubli } = await withSystems([crm]);
    await eraseAda(oubli);
    oubli.clock.advance({ days: 1 });
    await oubli.sweep();
    const [report] = await officer(oubli).sources.erasures();
    assert.deepEqual([report!.complete, report!.targets[0]!.recordsDeleted], [true, MOST]);
    await oubli.close();
  });

  test("one that cannot be gone on with leaves the others their turn, and stays open", async () => {
    const crm = otherSystem("crm");
    const { oubli, ada } = await withSystems([crm]);
    await oubli.subject("bob");
    const office = officer(oubli);
    crm.fault = "down";
    for (const who of ["ada", "bob"]) await (await office.find(who))!.erase();
    crm.fault = null;
    oubli.clock.advance({ days: 1 });
    const world = worldOf(office);
    const { cases } = world;
    const advance: typeof cases.advance = (row) => {
      if (row.subject === ada.id) throw new RangeError("out of range");
      return cases.advance(row);
    };
    await resumeTargets({ ...world, cases: Object.assign(Object.create(cases), { advance }) });
    const open = await office.sources.erasures({ open: true });
    assert.deepEqual(
      open.map(({ subject }) => subject),
      [ada.id],
    );
    await oubli.close();
  });
});

describe("B4: nobody's word ends an erasure that has not been, or that is held", () => {
  test("a confirmation before the erasure was executed is refused, and leaves the case open", async () => {
    const { oubli, ada } = await withSystems([otherSystem("crm", { verify: undefined as never })]);
    const office = officer(oubli);
    const planned = await openTargets(worldOf(office), {
      tenant: word("default"),
      actor: OFFICER,
      subject: ada.id,
      erasure: worldOf(office).ids.next("erasure"),
      identifiers: {},
      anonymise: [],
    });
    const said = { case: planned!.id, target: "crm" };
    await assert.rejects(office.sources.confirm(said), { code: "CONFLICT" });
    assert.equal((await office.sources.erasure(planned!.id)).complete, false);
    await oubli.close();
  });

  test("a confirmation under a hold on the person is refused until its release", async () => {
    const crm = otherSystem("crm", { verify: undefined as never });
    const { oubli } = await withSystems([crm]);
    const office = officer(oubli);
    const ada = (await office.find("ada"))!;
    const hold = await ada.hold({ case: "L-1", reason: "litigation" });
    await ada.erase();
    crm.fault = "down";
    const [open] = await office.sources.erasures();
    const said = { case: open!.case, target: "crm" };
    await assert.rejects(office.sources.confirm(said), { code: "HELD" });
    await ada.release(hold.id);
    assert.equal((await office.sources.confirm(said)).complete, true);
    await oubli.close();
  });
});
