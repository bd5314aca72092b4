import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { openOubli, worldOf, type Oubli } from "#engine";
import { DAY_MS, MINUTE_MS, type EpochMs } from "#kernel";
import { defineSource, type Source } from "#sources";

import { memoryRegion } from "../../proofs/support/region.ts";
import { recordsOf, unzip } from "../../support/unzip.ts";
import { entriesOf, OFFICER, openOnDisk, openPeople, PLAN, PURPOSES, TEA } from "../world.ts";

const ASKED = { right: "access", manner: "form", identity: "session" } as const;

/** Whoever acknowledges requests. */
const CONTROLLER = { controller: { name: "C", contact: { email: "privacy@c.example" } } };

/** It gives nothing: a package is not complete, and its request stays open. */
const mute = defineSource({
  name: "mute",
  // oxlint-disable-next-line require-yield
  async *export() {
    throw new Error("down");
  },
});

/** Ada, one memory of hers, and a folder in which packages wait. */
async function openWithPackages(sources: readonly Source[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-packages-"));
  const world = await openPeople(CONTROLLER, { packages: folder, sources });
  await world.ada.session({ purpose: "support" }).remember(TEA, { category: "preference" });
  const kept = join(folder, "default");
  return {
    ...world,
    me: world.ada.self(),
    /** What lies there. */
    lying: (): string[] => readdirSync(folder).flatMap((name) => readdirSync(join(folder, name))),
    path: (): string => join(kept, readdirSync(kept)[0]!),
    async [Symbol.asyncDispose]() {
      await world.oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const fetched = async (oubli: Oubli, link: string): Promise<Buffer> =>
  buffer((await oubli.openPackage(link)).bytes);

const FIRST = { after: null, limit: 9 };

const GONE = { code: "PACKAGE_GONE" };

describe("a package that waits for its link", () => {
  test("is given once, whole, and is destroyed by that", async () => {
    await using world = await openWithPackages();
    const { link, complete } = await world.me.keepPackage();
    assert.equal(complete, true);

    const files = await unzip(await fetched(world.oubli, link));

    assert.equal(recordsOf(files, "memories")[0]?.["content"], TEA);
    await assert.rejects(fetched(world.oubli, link), GONE);
    assert.deepEqual(world.lying(), []);
  });

  test("lies there sealed: nothing of it can be read, nor who it is of", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    const bytes = readFileSync(world.path());
    // Each is so long that sealed bytes do not hold it by chance.
    for (const text of [TEA, '"ada"', world.ada.id, "PK\u0003\u0004\u0014\u0000"]) {
      assert.ok(!bytes.subarray(15).includes(text) && !world.path().includes(world.ada.id), text);
    }
    const opened = await fetched(world.oubli, link);
    assert.ok(opened.subarray(0, 6).equals(Buffer.from("PK\u0003\u0004\u0014\u0000")), "control");
  });

  test("is not opened by a link that differs in anything, and that looks like one of nobody", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    const [region, id, secret] = link.split(".") as [string, string, string];
    const other = Buffer.alloc(32, 1).toString("base64url");
    const wrong = [
      `${region}.${id}.${other}`,
      `${region}.${id}.${secret}.x`,
      `${region}.case_${"A".repeat(22)}.${secret}`,
      `mars.${id}.${secret}`,
      `${region}.${id}`,
      `${region}.${id}.${secret}=`,
      "../../x",
    ];
    for (const text of wrong) {
      await assert.rejects(fetched(world.oubli, text), { code: "NOT_FOUND" }, text);
    }
    await assert.rejects(fetched(world.oubli.tenant("other"), link), { code: "NOT_FOUND" });
    assert.ok((await fetched(world.oubli, link)).length > 0, "and it was not used up by those");
  });

  test("of two that fetch it at once, one gets it", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    const both = await Promise.allSettled([fetched(world.oubli, link), fetched(world.oubli, link)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  test("may be fetched again where the fetch broke off, three times in all", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    for (let tries = 0; tries < 3; tries += 1) {
      const { bytes } = await world.oubli.openPackage(link);
      for await (const _ of bytes) break;
    }
    await assert.rejects(fetched(world.oubli, link), GONE);
    assert.deepEqual(world.lying(), []);
  });

  test("may be fetched again a while after the process died that gave it out", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    await world.oubli.openPackage(link);
    await assert.rejects(fetched(world.oubli, link), { code: "CONFLICT" });
    world.clock.advance({ ms: 15 * MINUTE_MS });
    assert.ok((await fetched(world.oubli, link)).length > 0);
  });

  test("ends with its time: at that very moment for its link, by the next sweep for its bytes", async () => {
    await using world = await openWithPackages();
    const first = await world.me.keepPackage();
    await world.me.keepPackage({ expires: world.clock.now() + DAY_MS });
    world.clock.advance({ days: 1 });
    await world.oubli.sweep();
    assert.equal(world.lying().length, 1);
    world.clock.advance({ days: 6 });
    await assert.rejects(fetched(world.oubli, first.link), GONE);
    await world.oubli.sweep();
    assert.deepEqual(world.lying(), []);
    await assert.rejects(fetched(world.oubli, first.link), GONE);
  });

  test("is given to its end, though its time ends meanwhile", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    const { bytes } = await world.oubli.openPackage(link);
    const parts: Uint8Array[] = [];
    for await (const part of bytes) {
      world.clock.advance({ days: 8 });
      await world.oubli.sweep();
      parts.push(part);
    }
    assert.ok((await unzip(Buffer.concat(parts))).size > 5);
    assert.deepEqual(world.lying(), []);
  });

  test("is ended by one of two sweeps, and neither fails", async () => {
    await using world = await openWithPackages();
    await world.me.keepPackage();
    await world.me.forget((await world.me.list()).nodes[0]!.id);
    await Promise.all([world.oubli.sweep(), world.oubli.sweep(), world.oubli.sweep()]);
    assert.deepEqual(world.lying(), []);
  });

  test("is given to nobody once something in it was erased or corrected", async () => {
    for (const act of ["forget", "correct", "erase"] as const) {
      await using world = await openWithPackages();
      const { link } = await world.me.keepPackage();
      const swept = await world.me.keepPackage();
      const [memory] = (await world.me.list()).nodes;
      if (act === "forget") await world.me.forget(memory!.id);
      if (act === "correct") await world.me.correct(memory!.id, PLAN);
      if (act === "erase") {
        await world.me.erase();
        assert.deepEqual(world.lying(), [], "with the person, and not a sweep later");
      }

      await assert.rejects(fetched(world.oubli, link), GONE, act);
      await world.oubli.sweep();
      assert.deepEqual(world.lying(), [], act);
      await assert.rejects(fetched(world.oubli, swept.link), GONE, act);
    }
  });

  test("leaves no key behind an act that erased something in it, whichever process did it", async () => {
    for (const act of ["forget", "correct", "erase", "expire"] as const) {
      const packages = mkdtempSync(join(tmpdir(), "oubli-packages-"));
      const region = memoryRegion();
      const { oubli } = await region.open({ packages });
      const { oubli: other } = await region.open();
      const ada = await oubli.subject("ada");
      const expiresAt = region.clock.now() + DAY_MS;
      await ada
        .session({ purpose: "support" })
        .remember(TEA, { category: "preference", expiresAt });
      await ada.self().keepPackage();
      const { keyring, clock } = worldOf(oubli.as(OFFICER));
      const keys = async () => keyring.casesWithKey((clock.now() + 1) as EpochMs, FIRST);
      assert.equal((await keys()).length, 1);

      const theirs = (await other.find("ada"))!;
      const [memory] = (await theirs.self().list()).nodes;
      if (act === "forget") await theirs.forget(memory!.id);
      if (act === "correct") await theirs.self().correct(memory!.id, PLAN);
      if (act === "erase") await theirs.erase();
      if (act === "expire") {
        region.clock.advance(2 * DAY_MS);
        await other.sweep();
      }

      assert.deepEqual(await keys(), [], act);
      await oubli.sweep();
      assert.deepEqual(readdirSync(join(packages, "eu")), [], act);
      rmSync(packages, { recursive: true });
    }
  });

  test("whose person is erased while it is fetched is given no further", async () => {
    await using world = await openWithPackages();
    for (let told = 0; told < 2; told += 1) {
      const long = randomBytes(500_000).toString("hex");
      await world.ada.session({ purpose: "support" }).remember(long, { category: "preference" });
    }
    const { link } = await world.me.keepPackage();
    const bytes = (await world.oubli.openPackage(link)).bytes[Symbol.asyncIterator]();
    let given = (await bytes.next()).value!.length;
    await world.officer.erase();
    const rest = async () => {
      for (;;) given += (await bytes.next()).value!.length;
    };
    await assert.rejects(rest, GONE);
    assert.ok(given <= 1024 * 1024, `${given} bytes`);
  });

  test("is given to nobody once its request was denied or taken back", async () => {
    for (const end of ["deny", "withdraw"] as const) {
      await using world = await openWithPackages([mute]);
      const { requests } = world.oubli.as(OFFICER);
      const { request } = await world.oubli.requests.receive({ ...ASKED, person: "ada" });
      const { link } = await requests.keepPackage(request.request);
      const own = await world.me.keepPackage();
      assert.equal(world.lying().length, 2);

      if (end === "deny") await requests.deny(request.request, { reason: "suspected-fraud" });
      else await requests.withdraw(request.request);

      assert.equal(world.lying().length, 1, end);
      await assert.rejects(fetched(world.oubli, link), GONE, end);
      assert.ok((await fetched(world.oubli, own.link)).length > 0, "her own is another's matter");
    }
  });

  test("is given to nobody where its request was denied by a process that could not end it", async () => {
    const packages = mkdtempSync(join(tmpdir(), "oubli-packages-"));
    await using world = await openOnDisk(CONTROLLER, { packages, sources: [mute] });
    await world.oubli.subject("ada");
    const { request } = await world.oubli.requests.receive({ ...ASKED, person: "ada" });
    const { link } = await world.oubli.as(OFFICER).requests.keepPackage(request.request);
    const config = { ...CONTROLLER, purposes: PURPOSES, regions: world.regions };
    const without = await openOubli(config, { sweep: "manual", sources: [mute] });
    await without.as(OFFICER).requests.deny(request.request, { reason: "suspected-fraud" });
    await without.close();
    assert.equal(readdirSync(join(packages, "eu")).length, 1);

    await assert.rejects(fetched(world.oubli, link), GONE);
    assert.deepEqual(readdirSync(join(packages, "eu")), []);
    rmSync(packages, { recursive: true });
  });

  test("ends with an erasure that was asked for by a request, and with the person's own withdrawal", async () => {
    await using world = await openWithPackages([mute]);
    const { requests } = world.oubli.as(OFFICER);
    const asked = await world.me.requests.ask({ right: "access", manner: "form" });
    await requests.keepPackage(asked.request);
    await world.me.requests.withdraw(asked.request);
    assert.deepEqual(world.lying(), []);

    await world.me.keepPackage();
    const erasure = await world.me.requests.ask({ right: "erasure", manner: "form" });
    const { state } = await requests.advance(erasure.request);
    assert.equal(state, "completed");
    assert.deepEqual(world.lying(), []);
  });

  test("is taken back by the person or the officer, all that wait at once, and by nobody else", async () => {
    for (const as of ["person", "officer"] as const) {
      await using world = await openWithPackages();
      const links = [await world.me.keepPackage(), await world.me.keepPackage()];
      await assert.rejects(world.ada.revokePackages(), { code: "POLICY_REFUSED" });
      const officers = (await world.oubli.as(OFFICER).find("ada"))!;

      const done = await (as === "person" ? world.me : officers).revokePackages();

      assert.deepEqual([done, world.lying()], [{ revoked: 2 }, []]);
      for (const { link } of links) await assert.rejects(fetched(world.oubli, link), GONE);
      assert.deepEqual(await world.me.revokePackages(), { revoked: 0 });
    }
  });

  test("taken back while it is made, it is gone: no link is given, and no path is told", async () => {
    const reached = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const slow = defineSource({
      name: "slow",
      // oxlint-disable-next-line require-yield
      async *export() {
        reached.resolve();
        await leave.promise;
      },
    });
    await using world = await openWithPackages([slow]);
    const made = assert.rejects(world.me.keepPackage(), GONE);
    await reached.promise;
    assert.deepEqual(await world.me.revokePackages(), { revoked: 1 });
    leave.resolve();
    await made;
    assert.deepEqual(world.lying(), []);
  });

  test("is given whole or not at all: a changed byte ends the fetch", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    const bytes = readFileSync(world.path());
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(world.path(), bytes);
    await assert.rejects(fetched(world.oubli, link), { code: "SEAL_BROKEN" });
  });

  test("leaves each of its steps in the ledger, and nothing of what it holds", async () => {
    await using world = await openWithPackages();
    const { link } = await world.me.keepPackage();
    await fetched(world.oubli, link);
    const steps = (await entriesOf(world.oubli, "ledger")).filter(({ t }) => t === "package");
    assert.deepEqual(
      steps.map(({ state, complete, records }) => [state, complete, records]),
      [
        ["making", undefined, undefined],
        ["ready", true, 2],
        ["opened", undefined, undefined],
        ["delivered", undefined, undefined],
      ],
    );
    assert.equal(steps.at(-1)?.["fileDestroyed"], true);
  });

  test("what lies there without a package is removed by the sweep, and what is not ours stays", async () => {
    await using world = await openWithPackages();
    await world.me.keepPackage();
    const folder = join(world.path(), "..");
    writeFileSync(join(folder, `default.case_${"B".repeat(22)}.part`), "left by a crash");
    writeFileSync(join(folder, "notes.txt"), "somebody's own");
    await world.oubli.sweep();
    assert.equal(world.lying().length, 2);
    assert.ok(world.lying().includes("notes.txt"));
  });

  test("is kept for at most 30 days, and only where a folder was given", async () => {
    await using world = await openWithPackages();
    for (const expires of [world.clock.now(), world.clock.now() + 31 * DAY_MS]) {
      await assert.rejects(world.me.keepPackage({ expires }), { code: "INPUT_INVALID" });
    }
    await using without = await openPeople();
    await assert.rejects(without.ada.self().keepPackage(), { code: "CONFIG_INVALID" });
    await assert.rejects(world.ada.keepPackage(), { code: "POLICY_REFUSED" });
    assert.deepEqual(world.lying(), []);
  });
});
