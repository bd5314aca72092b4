import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { openOubli, type ConfigInput, type Oubli } from "oubli";

import { until } from "../support/until.ts";

const consent = { policyVersion: "v1", mechanism: "signup_form" };

function twoRegions(t: TestContext): { config: ConfigInput; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "oubli-regions-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const place = (name: string) => ({
    store: `sqlite:${join(folder, name, "data")}`,
    root: join(folder, name, "root"),
  });
  const regions = {
    eu: { jurisdictions: ["EEA"], ...place("eu") },
    us: { jurisdictions: ["US"], hipaaCovered: true, ...place("us") },
  };
  return { config: { regions }, folder };
}

function isOpen(oubli: Oubli, region: string): boolean {
  try {
    return oubli.region(region).regions.length === 1;
  } catch {
    return false;
  }
}

const open = (config: ConfigInput) => openOubli(config, { sweep: "manual" });

test("a person is registered once in the region of their country, and found there without naming it", async (t) => {
  const { config } = twoRegions(t);
  await using oubli = await open(config);
  const ada = await oubli.subject("ada", { jurisdiction: "DE", consent });
  const bob = await oubli.subject("bob", { jurisdiction: "US", consent });
  assert.deepEqual([ada.region, bob.region], ["eu", "us"]);
  await ada.session({ purpose: "assistant" }).remember("The tram stops at the bridge.");
  const again = await oubli.find("ada");
  assert.equal(again?.id, ada.id);
  assert.equal((await oubli.subject("ada", { jurisdiction: "US" })).id, ada.id, "for good");
  assert.equal(await oubli.find("ada", { region: "us" }), null);
  const { nodes } = await again!.session({ purpose: "assistant" }).recall("tram");
  assert.equal(nodes.length, 1);
});

test("a person's data are in the files of their region alone", async (t) => {
  const { config, folder } = twoRegions(t);
  const oubli = await open(config);
  const ada = await oubli.subject("ada", { jurisdiction: "FR", consent });
  await ada.session({ purpose: "assistant" }).remember("A word.");
  const bob = await oubli.subject("bob", { jurisdiction: "US", consent });
  await bob.session({ purpose: "assistant" }).remember("A word.");
  await oubli.close();
  const holds = (region: string, id: string): boolean =>
    ["audit", "keys", "memory"].some((name) =>
      readFileSync(join(folder, region, "data", `${name}.db`)).includes(id),
    );
  assert.deepEqual([holds("eu", ada.id), holds("us", ada.id)], [true, false]);
  assert.deepEqual([holds("eu", bob.id), holds("us", bob.id)], [false, true]);
});

test("somebody whose country nobody serves is not registered; the choices are listed", async (t) => {
  const { config } = twoRegions(t);
  await using oubli = await open(config);
  for (const options of [{ jurisdiction: "BR" }, {}]) {
    await assert.rejects(oubli.subject("eve", options), {
      code: "INPUT_INVALID",
      message: /jurisdiction.*EEA \| US/,
    });
  }
  assert.equal(await oubli.find("eve"), null);
});

test("what is a region's own is asked of that region", async (t) => {
  const { config } = twoRegions(t);
  await using oubli = await open(config);
  assert.throws(() => oubli.audit, { code: "INPUT_INVALID", message: /eu \| us/ });
  await assert.rejects(oubli.rotate(), { code: "INPUT_INVALID" });
  assert.throws(() => oubli.region("mars"), { code: "INPUT_INVALID", message: /eu \| us/ });
  const eu = oubli.region("eu");
  assert.deepEqual(eu.regions, ["eu"]);
  assert.ok((await eu.audit.check()).every(({ faults }) => faults.length === 0));
  await assert.rejects(eu.subject("bob", { jurisdiction: "US" }), { code: "INPUT_INVALID" });
});

test("a certificate is verified with the key of the region that signed it", async (t) => {
  const { config } = twoRegions(t);
  await using oubli = await open(config);
  const bob = await oubli.subject("bob", { jurisdiction: "US", consent });
  const { nodes } = await bob.session({ purpose: "assistant" }).remember("A tram.");
  const certificate = await bob.forget(nodes);
  assert.equal((await oubli.verify(certificate)).valid, true);
  assert.equal((await oubli.region("eu").verify(certificate)).valid, false);
  assert.equal((await oubli.certificate(bob.id, certificate.erasure)).stage, "executed");
});

test("while a region is away the others serve, its people hear so, and it comes back", async (t) => {
  const { config, folder } = twoRegions(t);
  const certificates: string[] = [];
  {
    await using oubli = await open(config);
    for (const [name, jurisdiction] of [
      ["ada", "DE"],
      ["bob", "US"],
    ] as const) {
      const person = await oubli.subject(name, { jurisdiction, consent });
      const { nodes } = await person.session({ purpose: "assistant" }).remember("A tram.");
      certificates.push((await person.forget(nodes)).json);
    }
  }
  // A file where the folder of the region's volume is mounted otherwise.
  const volume = join(folder, "us", "data");
  renameSync(volume, `${volume}-away`);
  writeFileSync(volume, "");
  await using oubli = await open(config);
  assert.equal((await oubli.subject("ada", { jurisdiction: "DE" })).region, "eu");
  const [ofAda, ofBob] = certificates as [string, string];
  assert.equal((await oubli.verify(ofAda)).valid, true, "whoever signed it answers");
  await assert.rejects(oubli.verify(ofBob), { code: "REGION_UNAVAILABLE" });
  await assert.rejects(oubli.find("bob"), { code: "REGION_UNAVAILABLE", retryable: true });
  await assert.rejects(oubli.subject("new", { jurisdiction: "DE" }), {
    code: "REGION_UNAVAILABLE",
  });
  assert.equal(await oubli.find("new", { region: "eu" }), null);
  rmSync(volume);
  renameSync(`${volume}-away`, volume);
  await until(
    () => oubli.regions.every((name) => isOpen(oubli, name)),
    () => "the region is back",
  );
  assert.equal(await oubli.find("new"), null);
});
