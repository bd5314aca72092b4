import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { letters, NOTICE, openOnDisk, openPeople } from "../world.ts";

const SECRETS = ["Lovelace-content", "Lovelace-channel", "Lovelace-system", "Lovelace-speaker"];

// Goal: who takes the files without the root keys has noise, random ids, categories and times.
describe("GDPR Art. 25, 32(1)(a): data protection by design; encryption at rest", () => {
  test("what a person said is in no file: content, metadata, source, speaker, session, question", async () => {
    await using world = await openOnDisk({}, { embedder: letters });
    const ada = await world.oubli.subject("Lovelace-external");
    const chat = ada.session({ purpose: "support", thread: "Lovelace-thread" });
    const [first] = (
      await chat.remember("Lovelace-content", {
        category: "preference",
        metadata: { channel: "Lovelace-channel" },
        source: { system: "Lovelace-system", event: "Lovelace-event" },
        speaker: "Lovelace-speaker",
        idempotencyKey: "Lovelace-key",
      })
    ).nodes;
    const [second] = (await chat.derive([first!], () => "Lovelace-derived")).nodes;
    await chat.link(first!, second!, "lovelace-relation");
    await chat.recall("Lovelace-question");
    await chat.block("profile", "Lovelace-content");
    await ada.consent.grant({ purpose: "mood", ...NOTICE, userAgent: "Lovelace-agent" });

    const files = globSync(`${world.folder}/**`).filter((file) => statSync(file).isFile());
    assert.ok(files.length >= 6, "a check that sees no files would pass for ever");
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const word of ["lovelace", "Lovelace"]) {
        assert.equal(bytes.includes(word), false, file);
        assert.equal(bytes.includes(Buffer.from(word, "utf16le")), false, file);
      }
    }
    // The positive control: the same look finds what is meant to be readable.
    const memory = files.filter((file) => file.includes("memory.db"));
    assert.ok(memory.some((file) => readFileSync(file).includes("preference")));
    const { nodes } = await ada.self().export();
    const said = JSON.stringify(nodes);
    for (const secret of SECRETS) assert.ok(said.includes(secret), secret);
  });

  test("the files are their owner's alone", async () => {
    await using world = await openOnDisk();
    await (await world.oubli.subject("ada")).session({ purpose: "support" }).recall("x");

    for (const file of globSync(`${world.folder}/{data,root}/*`)) {
      assert.equal(statSync(file).mode & 0o077, 0, file);
    }
    for (const folder of ["data", "root"]) {
      assert.equal(statSync(join(world.folder, folder)).mode & 0o077, 0, folder);
    }
  });

  test("two memories with the same words are sealed to different bytes of the same length", async () => {
    await using world = await openOnDisk();
    const chat = (await world.oubli.subject("ada")).session({ purpose: "support" });
    for (const text of ["yes", "yes", "no, never again in my life"]) {
      await chat.remember(text, { category: "preference" });
    }
    const sealed = world
      .rows("memory", "SELECT sealed FROM body")
      .map((row) => Buffer.from(row["sealed"] as Uint8Array));
    assert.equal(new Set(sealed.map((bytes) => bytes.toString("hex"))).size, 3);
    assert.equal(new Set(sealed.map((bytes) => bytes.length)).size, 1);
  });

  test("a row that was moved to another memory, or changed, does not open", async () => {
    const { DatabaseSync } = await import("node:sqlite");
    for (const change of [
      "UPDATE body SET sealed = (SELECT sealed FROM body AS b WHERE b.node_id <> body.node_id)",
      "UPDATE body SET sealed = zeroblob(length(sealed))",
    ]) {
      await using world = await openOnDisk();
      const ada = await world.oubli.subject("ada");
      const chat = ada.session({ purpose: "support" });
      const [tea] = (await chat.remember("tea", { category: "preference" })).nodes;
      await chat.remember("jam", { category: "preference" });
      await world.oubli.close();
      {
        using database = new DatabaseSync(`${world.folder}/data/memory.db`);
        database.exec(change);
      }
      await using reopened = await world.open();
      const again = (await reopened.find("ada"))!;
      await assert.rejects(again.get(tea!, { purpose: "support" }), { code: "SEAL_BROKEN" });
      await assert.rejects(again.session({ purpose: "support" }).recall("tea"), {
        code: "SEAL_BROKEN",
      });
    }
  });

  test("with no configuration at all: one region, the gdpr pack, and nothing without consent", async () => {
    const { defineConfig } = await import("#policy");
    const { policy, regions } = defineConfig();

    assert.deepEqual(Object.keys(regions), ["default"]);
    assert.deepEqual(
      policy.packs.map(({ name }) => name),
      ["oubli", "gdpr"],
    );
    for (const { basis } of Object.values(policy.purposes)) assert.equal(basis, "consent");
  });

  test("what the configuration does not say is not allowed", async () => {
    const purposes = { unfinished: { categories: ["preference"] } } as const;
    await using world = await openPeople({ purposes });

    await assert.rejects(world.ada.session({ purpose: "unfinished" }).remember("x"), {
      code: "POLICY_GAP",
    });
  });

  test("a person lives in the region that serves their country; another country is refused", async () => {
    const regions = { eu: { jurisdictions: ["EEA", "GB"], store: "sqlite:./unused" } };
    await using world = await openPeople({ regions });
    await world.oubli.subject("eve", { jurisdiction: "DE" });
    await world.oubli.subject("zoe", { jurisdiction: "GB" });

    await assert.rejects(world.oubli.subject("joe", { jurisdiction: "US" }), {
      code: "INPUT_INVALID",
      message: /field: jurisdiction;.*accepted: EEA \| GB/,
    });
    assert.equal(await world.oubli.find("joe"), null);
  });
});
