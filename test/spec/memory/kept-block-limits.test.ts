import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openOubli } from "#engine";

import { openOnDisk, openPeople, PURPOSES } from "../world.ts";

const TEAS = ["tea in the morning", "tea at noon", "tea at night"];

describe("a kept block obeys the limits it is asked for under", () => {
  test("it never exceeds the caller's tokens, whatever it was first made with", async () => {
    await using world = await openPeople();
    const chat = world.ada.session({ purpose: "support" });
    for (const text of TEAS) await chat.remember(text, { category: "preference" });
    const wide = await chat.block("profile", "tea");
    const narrow = { tokens: 40, limit: 1 };

    const first = await chat.block("profile", "tea", narrow);
    const second = await chat.block("profile", "tea", narrow);

    assert.ok(Buffer.byteLength(first.context) <= 160 && first.context !== "");
    assert.equal(first.context.split("\n").length, 3);
    assert.deepEqual([second.context, second.made], [first.context, false]);
    assert.equal((await chat.block("profile", "tea", { tokens: 5 })).context, "");
    assert.equal((await chat.block("profile", "tea")).context, wide.context);
  });

  test("a policy that came to allow less is obeyed: fewer memories, or none of their text", async () => {
    await using world = await openOnDisk();
    const regions = {
      eu: {
        jurisdictions: ["*"],
        store: `sqlite:${world.folder}/data`,
        root: `${world.folder}/root`,
      },
    };
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    for (const text of TEAS) await chat.remember(text, { category: "preference" });
    assert.match((await chat.block("profile", "tea")).context, /refer to these/);

    const under = async (rules: object) => {
      const purposes = { ...PURPOSES, support: { ...PURPOSES.support, ...rules } };
      await using oubli = await openOubli({ purposes, regions }, { sweep: "manual" });
      const person = await oubli.subject("ada");
      return await person.session({ purpose: "support" }).block("profile", "tea");
    };
    assert.equal((await under({ maxNodes: 1 })).context.split("\n").length, 3);
    assert.match((await under({ use: "inform" })).context, /do not quote/);
    const withheld = await under({ use: "withhold" });
    assert.deepEqual([withheld.context, withheld.why.use], ["", "withhold"]);
  });
});
