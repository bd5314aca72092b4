import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { newFolder, removeFolder } from "./support/region.ts";
import { ENGINES } from "./support/ground.ts";
import { oubliOn } from "./support/oubli-on.ts";
import { recordsOf, unzip } from "../support/unzip.ts";

const CONFIG = {
  purposes: {
    support: { basis: "contract", categories: ["preference"], retention: "P2Y" },
  },
} as const;

for (const engine of ENGINES) {
  describe(`a package that waits, on ${engine}`, () => {
    test("outlives the process that made it, is given once by another, and is overtaken by an erasure", async () => {
      const packages = newFolder();
      try {
        await using world = await oubliOn(engine, CONFIG, { packages });
        const ada = await world.oubli.subject("ada");
        const chat = ada.session({ purpose: "support" });
        const [first] = (await chat.remember("prefers tea")).nodes;
        await chat.remember("writes in the morning");
        const kept = await ada.self().keepPackage();
        const late = await ada.self().keepPackage();
        const lying = () => readdirSync(join(packages, world.oubli.regions[0]!));
        assert.equal(lying().length, 2);

        const other = await world.open();
        const files = await unzip(await buffer((await other.openPackage(kept.link)).bytes));
        assert.deepEqual(
          recordsOf(files, "memories").map(({ content }) => content),
          ["prefers tea", "writes in the morning"],
        );
        await assert.rejects(world.oubli.openPackage(kept.link), { code: "PACKAGE_GONE" });

        await (await other.find("ada"))!.self().forget(first!);
        await assert.rejects(world.oubli.openPackage(late.link), { code: "PACKAGE_GONE" });
        await other.sweep();
        assert.deepEqual(lying(), []);
        await other.close();
      } finally {
        removeFolder(packages);
      }
    });
  });
}
