import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, cpSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { readEntry, type Append, type Appended } from "#audit";
import { closeStores, openOubli, openStores, openWith, worldOf } from "#engine";
import { canonicalJson, systemClock, type Json } from "#kernel";
import { NOTHING_REMOVED } from "#memory";
import { ccpa, defineConfig, gdpr, hipaa, sb243 } from "#policy";
import { checkControls, CONTROLS, groundOf, ROW_IDS, run, runPosture } from "#posture";
import { defineSource } from "#sources";

import { ON_CLUSTER } from "../support/cluster.ts";
import { ENGINES } from "./support/ground.ts";
import { interceptStores, type Around } from "./support/intercepted-stores.ts";
import { ROW_FAULTS } from "./support/posture-row-faults.ts";
import { OFFICE_FAULTS } from "./support/posture-office-faults.ts";
import { SERVER_FAULTS } from "./support/posture-server-faults.ts";
import { CLINIC, clinicTemplate, openClinic } from "./support/posture-world.ts";
import { newFolder, REGION, removeFolder } from "./support/region.ts";
import { newPlace } from "./support/residue-world.ts";

describe("on a healthy installation", () => {
  for (const engine of ENGINES) {
    test(`every promise is held, or says that it was not checked (${engine})`, async () => {
      await using clinic = await openClinic(engine);
      const { posture } = await clinic.check();
      const { findings, rows, held, broken, notChecked } = posture;
      assert.deepEqual(
        findings.filter(({ state }) => state === "broken"),
        [],
      );
      assert.equal(broken, 0);
      assert.equal(held + notChecked, ROW_IDS.length);
      assert.ok(held > 25);
      const unbuilt = new Set(findings.flatMap((one) => (one.unbuilt ? one.rows : [])));
      for (const { row, state, checked } of rows) {
        assert.equal(state === "held", checked > 0 && !unbuilt.has(row), row);
      }
    });
  }
});

describe("each planted fault is found by its control", () => {
  let template: Awaited<ReturnType<typeof clinicTemplate>>;
  before(async () => {
    template = await clinicTemplate();
  });
  after(() => template[Symbol.asyncDispose]());

  test("a copy of the installation has none", async () => {
    await using clinic = await template.copy();
    assert.deepEqual(await clinic.broken(), []);
  });

  for (const { fault, seenBy, also = [], plant } of [...ROW_FAULTS, ...OFFICE_FAULTS]) {
    test(fault, async () => {
      await using clinic = await template.copy();
      await plant(clinic);
      const broken = await clinic.broken();
      assert.ok(broken.includes(seenBy), `${seenBy} is not among: ${broken.join()}`);
      assert.deepEqual(
        broken.filter((control) => control !== seenBy && !also.includes(control)),
        [],
      );
    });
  }
});

test(
  "each fault that is planted on a server is found by its control",
  { skip: ON_CLUSTER },
  async () => {
    await using clinic = await openClinic("postgres");
    for (const { fault, seenBy, database, plant, undo } of SERVER_FAULTS) {
      assert.equal(
        await clinic.look(seenBy),
        seenBy.endsWith("cases-in-time") ? "not-checked" : "held",
      );
      await clinic.spoil(database, plant);
      assert.equal(await clinic.look(seenBy), "broken", fault);
      if (undo !== undefined) await clinic.spoil(database, undo);
    }
  },
);

describe("a fault of the machine is found", () => {
  test("root keys inside the store's folder", async () => {
    await using clinic = await openClinic("sqlite");
    const root = join(clinic.folder, "data", "keys");
    cpSync(clinic.place.root, root, { recursive: true });
    assert.deepEqual(await clinic.broken({ ...clinic.place, root }), ["root-is-apart"]);
  });

  test("a database file that is damaged", async () => {
    await using clinic = await openClinic("sqlite");
    await clinic.spoil("memory", "PRAGMA wal_checkpoint(TRUNCATE)");
    const file = openSync(join(clinic.folder, "data", "memory.db"), "r+");
    writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, 3 * 4096);
    closeSync(file);
    assert.equal(await clinic.look("files-are-sound"), "broken");
  });
});

test("where sensitive memories need explicit consent, a canary is refused without it", async () => {
  await using clinic = await openClinic("sqlite");
  assert.equal(await clinic.look("sensitive-needs-explicit-consent"), "not-checked");
  await clinic.reopen({ packs: [gdpr(), hipaa(), sb243()] });
  assert.equal(await clinic.look("sensitive-needs-explicit-consent"), "held");
  const ground = groundOf(clinic.oubli.region(REGION), clinic.place);
  const planted = (await ground.canary.first())!;
  const canary = async () => ({ ...planted, underImplied: null });
  const control = CONTROLS.find((one) => one.control === "sensitive-needs-explicit-consent")!;
  const { state } = await run(control, { ...ground, canary: { ...ground.canary, first: canary } });
  await ground.canary.end();
  assert.equal(state, "broken");
});

describe("a check of the posture", () => {
  test("reads no person's memory, and leaves nothing of the canaries", async () => {
    await using clinic = await openClinic("sqlite");
    const { audit, store, keyring } = worldOf(clinic.oubli.region(REGION));
    const before = await store.inventory();
    const { size } = await audit.store.head("access");
    await clinic.check();
    assert.deepEqual(await store.inventory(), before);
    const left = await keyring.subjects("posture-canary", { after: null, limit: 10 });
    assert.deepEqual(left, []);
    const entries = await audit.store.entries("access", { from: size, limit: 1000 });
    const tenants = entries.map(({ bytes }) => readEntry(bytes!).tenant);
    assert.deepEqual(new Set(tenants), new Set(["posture-canary"]));
  });

  test("is in the ledger with its counts, what is broken, and the report's digest", async () => {
    await using clinic = await openClinic("sqlite");
    await clinic.spoil("memory", "UPDATE node SET phi = 0");
    const { posture, digest, auditIndex } = await clinic.check();
    const { audit } = worldOf(clinic.oubli.region(REGION));
    const [stored] = await audit.store.entries("ledger", { from: auditIndex, limit: 1 });
    const entry = readEntry(stored!.bytes!);
    const counts = { held: posture.held, broken: 1, notChecked: posture.notChecked };
    const { held, broken, notChecked } = entry;
    assert.deepEqual({ held, broken, notChecked }, counts);
    assert.deepEqual(entry["controls"], ["health-is-labelled"]);
    assert.equal(entry["digest"], digest);
    const json = canonicalJson(posture as unknown as Json);
    assert.equal(createHash("sha256").update(json).digest("hex"), digest);
  });

  test("calls what it cannot look at broken, by a code", async () => {
    await using clinic = await openClinic("sqlite");
    const elsewhere = { store: `sqlite:${clinic.folder}/nowhere`, root: `${clinic.folder}/root` };
    const broken = await clinic.broken(elsewhere);
    assert.ok(broken.includes("schema-as-made"));
    assert.ok(broken.includes("files-are-private"));
  });

  test("goes on where an earlier one died: its canaries are taken away", async () => {
    await using clinic = await openClinic("sqlite");
    const canaries = clinic.oubli.region(REGION).tenant("posture-canary");
    await canaries.subject("oubli-posture-canary-1");
    const { posture } = await clinic.check();
    assert.equal(posture.broken, 0);
  });
});

describe("a store that does not do what it says is seen by its canary", () => {
  for (const [what, seenBy, spoil] of [
    ["a purge that removes nothing", "erased-with-what-it-made", "purgeNodes"],
    ["a recall that is not in the log", "logged-before-answered", "append"],
    ["a listing of keys that hides some", "export-is-whole", "liveRefs"],
  ] as const) {
    test(what, async () => {
      const place = newPlace();
      const stores = openStores(place, REGION, systemClock);
      const around: Around = async ({ method, args }, go) => {
        if (method !== spoil) return go();
        if (spoil === "purgeNodes") return { removed: NOTHING_REMOVED, stragglers: [] };
        if (spoil === "liveRefs") return [];
        const done = (await go()) as readonly Appended[];
        return isRetrieval(args) ? moved(done) : done;
      };
      const config = defineConfig({
        ...CLINIC,
        regions: { [REGION]: { jurisdictions: ["US"], store: "sqlite:./unused" } },
      });
      const options = { clock: systemClock, sweep: "manual" } as const;
      await using oubli = await openWith(
        interceptStores(stores, around),
        config,
        REGION,
        false,
        options,
      );
      const where = { store: `sqlite:${place.data}`, root: place.root };
      const findings = await checkControls(oubli.region(REGION), where, CONTROLS);
      const seen = findings.find(({ control }) => control === seenBy);
      await oubli.close();
      await closeStores(stores);
      place[Symbol.dispose]();
      assert.equal(seen?.state, "broken", JSON.stringify(seen?.facts));
    });
  }
});

const isRetrieval = (args: readonly unknown[]): boolean =>
  (args[0] as readonly Append[]).some(({ entries }) =>
    entries.some(({ type }) => type === "retrieve"),
  );

/** Says that it stands where another entry does. */
const moved = (done: readonly Appended[]): readonly Appended[] =>
  done.map((one) => (one.status === "appended" ? { ...one, index: one.index - 1 } : one));

test("of several regions each is checked by itself, whoever lives there", async () => {
  const folder = newFolder();
  const place = (name: string) => ({
    store: `sqlite:${folder}/${name}/data`,
    root: `${folder}/${name}/root`,
  });
  const regions = {
    eu: { jurisdictions: ["EEA"], ...place("eu") },
    us: { jurisdictions: ["US", "CA"], hipaaCovered: true, ...place("us") },
  };
  const codes = { notices: ["autumn"] };
  const packs = [gdpr(), hipaa(), sb243(), ccpa()];
  const oubli = await openOubli({ packs, regions, codes }, { sweep: "manual" });
  for (const name of ["eu", "us"] as const) {
    const { posture } = await runPosture(oubli.region(name), regions[name]);
    assert.equal(posture.region, name);
    assert.deepEqual(
      posture.findings.filter(({ state }) => state === "broken"),
      [],
    );
    assert.ok(posture.held > 20);
  }
  await oubli.close();
  removeFolder(folder);
});

test("other systems are asked for nobody, and not for the canaries", async () => {
  const asked: string[] = [];
  const shop = defineSource({
    name: "shop",
    tier: "primary",
    async erase({ externalId }) {
      asked.push(externalId);
      return { status: "done", recordsDeleted: 0, collections: [] };
    },
  });
  const folder = newFolder();
  const region = { jurisdictions: ["*"], store: `sqlite:${folder}/data`, root: `${folder}/keys` };
  const options = { sweep: "manual", sources: [shop] } as const;
  const oubli = await openOubli({ regions: { eu: region } }, options);
  await oubli.subject("ada");
  const { posture } = await runPosture(oubli, region);
  assert.deepEqual(
    posture.findings.filter(({ state }) => state === "broken"),
    [],
  );
  const looked = posture.findings.find(({ control }) => control === "other-systems-answer");
  assert.equal(looked?.state, "held");
  assert.deepEqual(asked, []);
  await oubli.close();
  removeFolder(folder);
});
