import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";
import { SourceFailure } from "#sources";
import { verifyCertificate } from "#verify";

import { withoutRandom } from "../../support/without-random.ts";
import { memoryRegion, OFFICER } from "../../proofs/support/region.ts";
import { eraseAda, ledger, officer, withSystems } from "./elsewhere-world.ts";
import { otherSystem, PRIVATE } from "./other-system.ts";

describe("B4: an erasure goes on to the application's other systems", () => {
  test("every system is asked, looked at and listed, and the person is gone in all of them", async () => {
    const [crm, mail] = [otherSystem("crm"), otherSystem("mail")];
    const { oubli } = await withSystems([crm, mail]);
    const { targets } = await eraseAda(oubli);
    assert.equal(targets?.complete, true);
    assert.deepEqual(
      targets.targets.map(({ target, success, recordsDeleted, verified }) => ({
        target,
        success,
        recordsDeleted,
        verified,
      })),
      [
        { target: "crm", success: true, recordsDeleted: 3, verified: true },
        { target: "mail", success: true, recordsDeleted: 3, verified: true },
      ],
    );
    assert.deepEqual([...crm.rows], [["bob", 2]]);
    await oubli.close();
  });

  test("no system is asked before the person's memories can no longer be opened", async () => {
    let readable: unknown = null;
    const late = otherSystem("crm", {
      onAsked: async () => {
        readable = await ada
          .session({ purpose: "assistant" })
          .recall("tea")
          .catch((e: unknown) => e);
      },
    });
    const { oubli, ada } = await withSystems([late]);
    await eraseAda(oubli);
    assert.ok(isOubliError(readable, "SUBJECT_ERASED"));
    await oubli.close();
  });

  test("dependents go before primaries, then what is searched, then caches", async () => {
    const order: string[] = [];
    const tiers = ["cache", "search", "primary", "dependent"] as const;
    const systems = tiers.map((tier) =>
      otherSystem(tier, { tier, onAsked: () => void order.push(tier) }),
    );
    const { oubli } = await withSystems(systems);
    await eraseAda(oubli);
    assert.deepEqual(order, ["dependent", "primary", "search", "cache"]);
    await oubli.close();
  });

  test("eraseAfter puts one behind another, whatever their tiers", async () => {
    const order: string[] = [];
    const noted = (name: string, options = {}) =>
      otherSystem(name, { ...options, onAsked: () => void order.push(name) });
    const systems = [noted("a", { eraseAfter: ["b"] }), noted("b", { tier: "cache" })];
    const { oubli } = await withSystems(systems);
    await eraseAda(oubli);
    assert.deepEqual(order, ["b", "a"]);
    await oubli.close();
  });

  test("one that fails keeps only those from their turn that come after it", async () => {
    const crm = otherSystem("crm");
    crm.fault = "down";
    const systems = [crm, otherSystem("notes", { eraseAfter: ["crm"] }), otherSystem("mail")];
    const { oubli } = await withSystems(systems);
    const { targets } = await eraseAda(oubli);
    assert.equal(targets!.complete, false);
    assert.deepEqual(
      targets!.targets.map(({ target, success, error }) => [target, success, error]),
      [
        ["crm", false, "failed"],
        ["mail", true, undefined],
        ["notes", false, "blocked"],
      ],
    );
    assert.deepEqual(systems[1]!.asked, []);
    await oubli.close();
  });

  for (const [fault, error] of [
    ["down", "failed"],
    ["hangs", "timeout"],
    ["garbage", "malformed"],
    ["dies-half-way", "failed"],
    ["lies", "lying"],
    ["pending", "pending"],
  ] as const) {
    test(`a system that ${fault} is never called done, is asked again under the same request, and its end settles it`, async () => {
      const crm = otherSystem("crm", fault === "hangs" ? { deadlineMs: 200 } : {});
      crm.fault = fault;
      const { oubli } = await withSystems([crm]);
      const { targets } = await eraseAda(oubli);
      assert.deepEqual(
        [targets!.complete, targets!.targets[0]!.success, targets!.targets[0]!.error],
        [false, false, error],
      );
      const before = crm.asked.length;
      await oubli.sources.resume();
      assert.equal(crm.asked.length, before, "not before its turn");

      crm.fault = null;
      oubli.clock.advance({ ms: 3_600_000 });
      await oubli.sources.resume();
      const after = await officer(oubli).sources.erasure(targets!.case);
      assert.equal(after.complete, true);
      assert.equal(new Set(crm.asked.map(({ request }) => request)).size, 1);
      assert.equal(crm.rows.has("ada"), false);
      await oubli.close();
    });
  }

  test("one that is due is asked again without the others, each in its own time", async () => {
    const [paper, mail] = [otherSystem("paper"), otherSystem("mail")];
    const later = Date.UTC(2026, 0, 1, 12);
    const slow = otherSystem("slow", {
      erase: async (_, { request }) => {
        slow.asked.push({ what: "erase", request, who: null as never });
        const checkAgainAt = later as never;
        return { status: "pending", recordsDeleted: 0, collections: [], checkAgainAt };
      },
    });
    mail.fault = "down";
    const { oubli } = await withSystems([paper, mail, slow]);
    await eraseAda(oubli);
    const count = () => [paper, mail, slow].map(({ asked }) => asked.length);
    const first = count();
    oubli.clock.advance({ ms: 60_000 });
    await oubli.sources.resume();
    assert.deepEqual(
      count().map((now, at) => now - first[at]!),
      [0, 1, 0],
    );
    oubli.clock.advance({ ms: 12 * 3_600_000 });
    await oubli.sources.resume();
    assert.equal(count()[2], first[2]! + 1);
    await oubli.close();
  });

  test("a source may say why it failed, by a code and nothing else", async () => {
    for (const [reason, told] of [
      ["mailbox-locked", "mailbox-locked"],
      ["ada@example.org is locked", "failed"],
    ] as const) {
      const erase = () => Promise.reject(new SourceFailure(reason));
      const { oubli } = await withSystems([otherSystem("crm", { erase })]);
      const { targets } = await eraseAda(oubli);
      assert.equal(targets!.targets[0]!.error, told);
      await oubli.close();
    }
  });

  test("a system that keeps on lying is never confirmed, however often it says that it is done", async () => {
    const crm = otherSystem("crm");
    crm.fault = "lies";
    const { oubli } = await withSystems([crm]);
    const { targets } = await eraseAda(oubli);
    for (let round = 0; round < 10; round += 1) {
      oubli.clock.advance({ days: 1 });
      await oubli.sources.resume();
    }
    const report = await officer(oubli).sources.erasure(targets!.case);
    assert.deepEqual([report.complete, report.targets[0]!.error], [false, "lying"]);
    await oubli.close();
  });

  test("a target without a way to look is done on its word, and the certificate says so", async () => {
    const { oubli } = await withSystems([otherSystem("crm", { verify: undefined as never })]);
    const { targets } = await eraseAda(oubli);
    assert.deepEqual([targets!.complete, targets!.targets[0]!.verified], [true, false]);
    await oubli.close();
  });

  test("the certificate of a settled erasure verifies with the verifier alone, and lists each target", async () => {
    const { oubli } = await withSystems([otherSystem("crm"), otherSystem("mail")]);
    const { targets, erasure } = await eraseAda(oubli);
    const key = oubli.audit.verifierKey("ledger");
    const result = await verifyCertificate(targets!.certificate!.json, key);
    assert.ok(result.valid);
    assert.equal(result.entry.t, "targets.settled");
    assert.equal(result.entry["erasure"], erasure);
    assert.deepEqual(
      (result.entry["targets"] as { target: string; success: boolean }[]).map(
        ({ target, success }) => [target, success],
      ),
      [
        ["crm", true],
        ["mail", true],
      ],
    );
    assert.equal((await oubli.verify(targets!.certificate!)).valid, true);
    await oubli.close();
  });

  test("the erasure's own certificate says that other systems are another's matter", async () => {
    const { oubli } = await withSystems([otherSystem("crm")]);
    const { entry } = await eraseAda(oubli);
    const { surfaces } = entry as unknown as { surfaces: { surface: string; result: string }[] };
    const there = surfaces.find(({ surface }) => surface === "targets");
    assert.equal(there?.result, "deferred");
    await oubli.close();
  });

  test("a process without a source's functions leaves the case to one that has them, at once", async () => {
    const region = memoryRegion();
    const crm = otherSystem("crm");
    crm.fault = "down";
    const able = await region.open({ sources: [crm.source] });
    await (await able.oubli.as(OFFICER).subject("ada")).erase();
    crm.fault = null;
    region.clock.advance(3_600_000);
    const unable = await region.open();
    await unable.oubli.sources.resume();
    assert.equal(unable.oubli.sources.list()[0]!.here, false);
    assert.equal(crm.rows.has("ada"), true);
    await able.oubli.sources.resume();
    assert.equal(crm.rows.has("ada"), false);
    await able.oubli.close();
    await unable.oubli.close();
  });

  test("of two processes that go on with one case at once, one asks", async () => {
    const region = memoryRegion();
    const crm = otherSystem("crm");
    crm.fault = "down";
    const open = () => region.open({ sources: [crm.source] });
    const [one, two] = [await open(), await open()];
    await (await one.oubli.as(OFFICER).subject("ada")).erase();
    crm.fault = null;
    region.clock.advance(3_600_000);
    const before = crm.asked.filter(({ what }) => what === "erase").length;
    await Promise.all([one.oubli.sources.resume(), two.oubli.sources.resume()]);
    assert.equal(crm.asked.filter(({ what }) => what === "erase").length, before + 1);
    await one.oubli.close();
    await two.oubli.close();
  });

  test("an end of the key epoch leaves what waits readable to whoever goes on with it", async () => {
    const crm = otherSystem("crm");
    crm.fault = "down";
    const { oubli } = await withSystems([crm]);
    await eraseAda(oubli);
    await oubli.rotate();
    crm.fault = null;
    oubli.clock.advance({ days: 1 });
    await oubli.sources.resume();
    assert.equal(crm.rows.has("ada"), false);
    await oubli.close();
  });

  test("the ledger and every report hold no name of the person and no text of a system", async () => {
    const [crm, mail] = [otherSystem("crm"), otherSystem("mail")];
    crm.fault = "down";
    mail.fault = "garbage";
    const { oubli } = await withSystems([crm, mail]);
    const { targets } = await eraseAda(oubli, { identifiers: { email: "ada@example.org" } });
    const told = `${await ledger(oubli)} ${JSON.stringify(targets)}`;
    assert.ok(told.includes("target.failed"));
    const words = withoutRandom(told);
    for (const secret of PRIVATE) assert.ok(!words.includes(secret), secret);
    await oubli.close();
  });

  test("a collection that is named like no table stands in the ledger by its number", async () => {
    const collections = [{ name: "rows of ada@example.org", records: 1, strategy: "delete" }];
    const crm = otherSystem("crm", {
      erase: async () => ({ status: "done", recordsDeleted: 1, collections }) as never,
      verify: undefined as never,
    });
    const { oubli } = await withSystems([crm]);
    assert.equal((await eraseAda(oubli)).targets!.complete, true);
    const told = await ledger(oubli);
    assert.ok(told.includes('"collection-1"') && !told.includes("example.org"));
    await oubli.close();
  });

  test("identifiers reach the systems, and so does the external id after the directory lost it", async () => {
    const crm = otherSystem("crm");
    const { oubli } = await withSystems([crm]);
    await eraseAda(oubli, { identifiers: { email: "ada@example.org" } });
    const { who } = crm.asked[0]!;
    assert.deepEqual([who.externalId, who.identifiers], ["ada", { email: "ada@example.org" }]);
    assert.equal(await oubli.find("ada"), null);
    await oubli.close();
  });

  test("an erasure that is refused asks nobody, and leaves nothing waiting", async () => {
    const crm = otherSystem("crm");
    const { oubli } = await withSystems([crm]);
    const person = await officer(oubli).subject("nobody");
    await person.erase();
    const before = crm.asked.length;
    const again = oubli.as({ kind: "agent", id: "bot", roles: [] });
    await assert.rejects((await again.find("ada"))!.erase(), { code: "POLICY_REFUSED" });
    assert.equal(crm.asked.length, before);
    assert.deepEqual(await officer(oubli).sources.erasures({ open: true }), []);
    await oubli.close();
  });

  test("an order to anonymise needs a ground, an end in the future and a source that can", async () => {
    const { oubli } = await withSystems([otherSystem("crm")]);
    const order = { source: "crm", ground: "tax-law", keepUntil: new Date("2036-01-01") };
    const refused = async (anonymise: object[], field: RegExp) =>
      assert.rejects(eraseAda(oubli, { anonymise }), (error) => {
        assert.ok(isOubliError(error, "INPUT_INVALID"));
        assert.match(String(error.details["field"]), field);
        return true;
      });
    await refused([order], /anonymise\.0\.source/);
    await refused([{ source: "crm", ground: "tax-law" }], /anonymise/);
    await refused([{ ...order, ground: undefined }], /anonymise/);
    await oubli.close();
  });
});
