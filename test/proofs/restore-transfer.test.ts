import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { openOubli, restoreOubli, type Oubli } from "#engine";

import { adaIn, BACK, OFFICER, SCC, twoRegions } from "../spec/transfers.ts";

// Goal: a person is in one region, also where the region that they left was put back to before.
// Method: a backup of the origin, a transfer behind it, and the origin lost with the tail of its log.

async function world(t: TestContext) {
  const { config, folder } = twoRegions(t);
  const open = (): Promise<Oubli> => openOubli(config, { sweep: "manual", actor: OFFICER });
  const backups = join(folder, "backups");
  return {
    config,
    folder,
    open,
    async backUp(oubli: Oubli) {
      await oubli.region("eu").backup(backups);
    },
    restore: () => {
      rmSync(join(folder, "eu", "data"), { recursive: true, force: true });
      const fork = { reason: "disk-lost", erased: [] };
      return restoreOubli(config, { from: backups, region: "eu", fork });
    },
  };
}

async function regionsWith(oubli: Oubli, name: string): Promise<readonly string[]> {
  const found = await Promise.all(
    ["eu", "us", "ca"].map(async (region) => ((await oubli.find(name, { region })) ? region : "")),
  );
  return found.filter((region) => region !== "");
}

test("who went to another region in the lost tail is erased where they were, and lives where they are", async (t) => {
  const it = await world(t);
  const before = await it.open();
  const { ada } = await adaIn(before);
  const ben = await before.subject("ben", { jurisdiction: "DE" });
  await ben.session({ purpose: "support" }).remember("Likes boats.", { category: "preference" });
  await it.backUp(before);
  const { subject: moved } = await ada.transfer(SCC);
  assert.deepEqual(await regionsWith(before, "ada"), ["us"]);
  await before.close();

  const restored = await it.restore();

  assert.equal(restored.departed, 1);
  const after = await it.open();
  t.after(() => after.close());
  assert.deepEqual(await regionsWith(after, "ada"), ["us"]);
  assert.equal((await after.find("ada"))!.id, moved.id);
  assert.ok((await (await after.find("ada"))!.self().export()).nodes.length > 0);
  assert.deepEqual(await regionsWith(after, "ben"), ["eu"], "a bystander stays");
});

test("also who was erased there since: nothing of them comes back here", async (t) => {
  const it = await world(t);
  const before = await it.open();
  const { ada } = await adaIn(before);
  await it.backUp(before);
  const { subject: moved } = await ada.transfer(SCC);
  await moved.erase();
  await before.close();

  assert.equal((await it.restore()).departed, 1);
  const after = await it.open();
  t.after(() => after.close());
  assert.deepEqual(await regionsWith(after, "ada"), []);
});

test("who came back is not taken for somebody who left", async (t) => {
  const it = await world(t);
  const before = await it.open();
  const { ada } = await adaIn(before);
  await it.backUp(before);
  const { subject: moved } = await ada.transfer(SCC);
  await moved.transfer(BACK);
  await before.close();

  const { departed, arrivals } = await it.restore();
  assert.deepEqual([departed, arrivals.again, arrivals.lost], [0, 0, []]);
  const after = await it.open();
  t.after(() => after.close());
  assert.deepEqual(await regionsWith(after, "ada"), ["eu"]);
});

for (const lost of ["root", "data"]) {
  test(`while the ${lost} of the other region is away, the place stays locked; then the restore goes on`, async (t) => {
    const it = await world(t);
    const before = await it.open();
    const { ada } = await adaIn(before);
    await it.backUp(before);
    await ada.transfer(SCC);
    await before.close();
    const [place, away] = [join(it.folder, "us", lost), join(it.folder, "us", "away")];
    renameSync(place, away);

    await assert.rejects(it.restore(), { code: "REGION_UNAVAILABLE" });
    await assert.rejects(it.open(), { code: "STORE_LOCKED" });
    // What the opening that was refused may have made anew.
    rmSync(place, { recursive: true, force: true });
    renameSync(away, place);
    const fork = { reason: "disk-lost", erased: [] };
    const restored = await restoreOubli(it.config, {
      from: join(it.folder, "backups"),
      region: "eu",
      fork,
    });
    assert.equal(restored.departed, 1);
  });
}
