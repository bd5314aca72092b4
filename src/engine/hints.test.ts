import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";

import { openOubli } from "./open.ts";
import { openTestOubli } from "./testing.ts";

const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;
const consent = { policyVersion: "v1", mechanism: "signup" };

async function hintOf(work: Promise<unknown>, code: Parameters<typeof isOubliError>[1]) {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(isOubliError(error, code), String(error));
  return error.message.split("\n  ")[1];
}

async function open() {
  const oubli = await openTestOubli();
  const ada = await oubli.subject("ada", { consent });
  const officer = await oubli.as(OFFICER).subjectById(ada.id);
  return { oubli, ada, officer, [Symbol.asyncDispose]: () => oubli.close() };
}

describe("a refusal says what mends it, and that does", () => {
  test("reading without a purpose", async () => {
    await using world = await open();
    const { ada } = world;
    assert.match((await hintOf(ada.list(), "PURPOSE_UNKNOWN"))!, /purpose: "assistant".*self\(\)/);
    await ada.list({ purpose: "assistant" });
    await ada.self().list();
  });

  test("a right of the person's own", async () => {
    await using world = await open();
    const { ada } = world;
    assert.match((await hintOf(ada.export(), "POLICY_REFUSED"))!, /subject\.self\(\)/);
    assert.match((await hintOf(ada.accesses(), "POLICY_REFUSED"))!, /subject\.self\(\)/);
    await ada.self().export();
    await ada.self().accesses();
  });

  test("a right of the privacy officer's, and a hold in the way of an erasure", async () => {
    await using world = await open();
    const { ada, officer } = world;
    const chat = ada.session({ purpose: "assistant" });
    const { nodes } = await chat.remember("likes tea");
    const hold = { case: "2026-117", reason: "litigation" };

    assert.match((await hintOf(ada.hold(hold), "POLICY_REFUSED"))!, /roles: \["privacy-officer"\]/);
    const { id } = await officer.hold(hold);
    const held = await hintOf(ada.forget(nodes), "HELD");
    assert.match(held!, /subject\.holds\(\).*subject\.release\(id\)/);
    assert.deepEqual(
      (await officer.holds()).map((row) => row.id),
      [id],
    );
    await officer.release(id);
    assert.equal((await ada.forget(nodes)).stage, "executed");
  });

  test("a purpose that is not declared is answered with those that are, and no other hint", async () => {
    await using world = await open();
    assert.equal(
      await hintOf(world.ada.list({ purpose: "support" }), "PURPOSE_UNKNOWN"),
      undefined,
    );
  });
});

describe("a folder that does not belong to the other says so", () => {
  const regions = (folder: string) => ({
    eu: {
      jurisdictions: ["*"],
      store: `sqlite:${join(folder, "data")}`,
      root: join(folder, "root"),
    },
  });
  const made = async () => {
    const folder = await mkdtemp(join(tmpdir(), "oubli-hints-"));
    const oubli = await openOubli({ regions: regions(folder) }, { sweep: "manual" });
    await oubli.subject("ada", { consent });
    await oubli.close();
    return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  };

  test("data without its root: the files that are looked for are named", async () => {
    await using place = await made();
    await rm(join(place.folder, "root"), { recursive: true });
    const hint = await hintOf(openOubli({ regions: regions(place.folder) }), "ROOT_MISSING");
    assert.match(hint!, /eu\.notary\.db and eu\.epoch-<n>\.key/);
  });

  test("data whose root key is gone: its epoch is named", async () => {
    await using place = await made();
    await rm(join(place.folder, "root", "eu.epoch-1.key"));
    const hint = await hintOf(openOubli({ regions: regions(place.folder) }), "ROOT_MISSING");
    assert.match(hint!, /eu\.epoch-1\.key/);
  });

  test("a root without its data: restore it, or remove both", async () => {
    await using place = await made();
    await rm(join(place.folder, "data"), { recursive: true });
    const hint = await hintOf(openOubli({ regions: regions(place.folder) }), "LOG_FORKED");
    assert.match(hint!, /restore the data, or, to start over, remove both folders/);
  });
});
