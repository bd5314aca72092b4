import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";

import { eraseAda, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem } from "./other-system.ts";

describe("B4: pre-checks come before an erasure", () => {
  const until = Date.UTC(2027, 0, 1);
  const blocks = { code: "open-invoice", ground: "legal-claim", until: new Date(until) };

  test("every one that blocks is reported, and nothing is erased", async () => {
    const crm = otherSystem("crm");
    const { oubli } = await withSystems([crm], {
      preChecks: {
        billing: () => blocks,
        court: () => Promise.reject(new Error("ada owes 300 euros")),
        loans: () => "ok",
      },
    });
    await assert.rejects(eraseAda(oubli), (error) => {
      assert.ok(isOubliError(error, "ERASURE_BLOCKED"));
      assert.deepEqual(error.details, {
        checks: ["billing", "court"],
        codes: ["open-invoice", "check-failed"],
        grounds: ["legal-claim", "check-failed"],
      });
      assert.ok(!`${error} ${JSON.stringify(error)}`.includes("300"));
      return true;
    });
    assert.deepEqual(crm.asked, []);
    const ada = await oubli.find("ada");
    assert.equal((await ada!.session({ purpose: "assistant" }).recall("tea")).nodes.length, 1);
    await oubli.close();
  });

  test("the plan tells each one's ground, and until when", async () => {
    const { oubli } = await withSystems([], { preChecks: { billing: () => blocks } });
    const plan = await (await officer(oubli).find("ada"))!.plan();
    assert.deepEqual(plan.blocks, [
      { check: "billing", code: "open-invoice", ground: "legal-claim", until },
    ]);
    await oubli.close();
  });

  test("one that answers anything else blocks", async () => {
    const { oubli } = await withSystems([], { preChecks: { billing: () => true as never } });
    await assert.rejects(eraseAda(oubli), { code: "ERASURE_BLOCKED" });
    await oubli.close();
  });
});

describe("B4: what waits for a person", () => {
  test("a system that calls back is asked before its time; one that failed waits for its own", async () => {
    const [slow, down] = [otherSystem("slow"), otherSystem("down")];
    slow.fault = "pending";
    down.fault = "down";
    const { oubli } = await withSystems([slow, down]);
    const { targets } = await eraseAda(oubli);
    const { request } = slow.asked[0]!;
    slow.fault = null;
    const asked = down.asked.length;
    await oubli.sources.resume(request);
    const report = await officer(oubli).sources.erasure(targets!.case);
    assert.deepEqual(
      report.targets.map(({ target, success }) => [target, success]),
      [
        ["down", false],
        ["slow", true],
      ],
    );
    assert.equal(down.asked.length, asked);
    await assert.rejects(oubli.sources.resume(`case_${"A".repeat(22)}`), { code: "NOT_FOUND" });
    await assert.rejects(oubli.sources.resume("ada"), { code: "INPUT_INVALID" });
    await oubli.close();
  });

  test("the officer says that a pending target is done, and the certificate says that it was by hand", async () => {
    const paper = otherSystem("paper", { verify: undefined as never });
    paper.fault = "pending";
    const { oubli } = await withSystems([paper]);
    const { targets } = await eraseAda(oubli);
    const input = { case: targets!.case, target: "paper", records: 1 };
    await assert.rejects(oubli.sources.confirm(input), { code: "POLICY_REFUSED" });
    const done = await officer(oubli).sources.confirm(input);
    assert.deepEqual(
      [done.complete, done.targets[0]!.manual, done.targets[0]!.recordsDeleted],
      [true, true, 1],
    );
    await oubli.close();
  });

  test("nobody's word stands against rows that are still there", async () => {
    const crm = otherSystem("crm");
    crm.fault = "pending";
    const { oubli } = await withSystems([crm]);
    const { targets } = await eraseAda(oubli);
    const input = { case: targets!.case, target: "crm" };
    await assert.rejects(officer(oubli).sources.confirm(input), { code: "SOURCE_FAILED" });
    await oubli.close();
  });

  test("an erasure that a hold refuses asks nobody, and lets go of the person's name", async () => {
    const crm = otherSystem("crm");
    const { oubli } = await withSystems([crm]);
    const nobody = await officer(oubli).subject("nobody");
    await nobody.hold({ case: "4 O 17/26", reason: "legal-claims" });
    await assert.rejects(nobody.erase(), { code: "HELD" });
    assert.deepEqual(crm.asked, []);
    const { sources } = officer(oubli);
    assert.deepEqual(await sources.erasures({ open: true }), []);
    const [given] = await sources.erasures();
    assert.deepEqual([given!.complete, given!.state], [false, "abandoned"]);
    await oubli.close();
  });

  test("a hold on the whole person keeps what others have of them, until it is released", async () => {
    const crm = otherSystem("crm");
    const { oubli } = await withSystems([crm]);
    const ada = (await officer(oubli).find("ada"))!;
    const hold = await ada.hold({ case: "4 O 17/26", reason: "legal-claims" });
    const { targets } = await ada.erase();
    assert.deepEqual([targets!.complete, crm.asked.length], [false, 0]);
    oubli.clock.advance({ days: 1 });
    await oubli.sources.resume();
    assert.equal(crm.asked.length, 0);
    await ada.release(hold.id);
    oubli.clock.advance({ days: 1 });
    await oubli.sources.resume();
    assert.equal(crm.rows.has("ada"), false);
    assert.deepEqual(await officer(oubli).sources.erasures({ open: true }), []);
    await oubli.close();
  });
});
