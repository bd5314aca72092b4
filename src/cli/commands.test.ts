import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { ADA_SAID, openCli, openWithAda } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

describe("a person's memories", () => {
  test("what is remembered is recalled for its purpose, and only for that one", async () => {
    await using cli = await openWithAda();
    const asked = ["recall", "ada", "which bicycle?", "--limit", "1"];

    const found = await cli.oubli(...asked, "--purpose", "assistant");
    const refused = await cli.oubli(...asked, "--purpose", "analytics");

    assert.equal(found.exit, EXIT.done);
    assert.match(found.out, /green one with the wicker basket/);
    assert.match(found.out, /Logged as access\/\d+; guards: role, purpose/);
    assert.equal(refused.exit, EXIT.error);
    assert.equal(refused.out, "");
    assert.match(refused.err, /^CONSENT_MISSING: .*oubli consent grant <subject> --purpose analy/);
  });

  test("the purpose that is not said is assistant", async () => {
    await using cli = await openWithAda();
    const ran = await cli.oubli("remember", "ada", "Her dog is called Nelson.");
    assert.equal(ran.exit, EXIT.done);
    assert.match((await cli.oubli("recall", "ada", "dog")).out, /Nelson/);
  });

  test("the same event, remembered twice, is there once", async () => {
    await using cli = await openWithAda();
    const words = ["remember", "ada", "Said once.", "--purpose", "assistant", "--event", "e1"];
    const given = [...words, "--category", "preference", "--json"];
    const first = (await cli.oubli(...given)).json<{ nodes: string[]; known: boolean }>();
    const second = (await cli.oubli(...given)).json<{ nodes: string[]; known: boolean }>();
    assert.deepEqual(second, { nodes: first.nodes, known: true, auditLog: null, auditIndex: null });
  });

  test("a list says how it was logged, page after page, and when there is more", async () => {
    await using cli = await openWithAda();
    const all = await cli.oubli("list", "ada");
    for (const said of ADA_SAID) assert.ok(all.out.includes(said.slice(0, 40)), said);
    const two = (await cli.oubli("list", "ada", "--limit", "2", "--json")).json();
    assert.equal((two["nodes"] as unknown[]).length, 2);
    assert.equal(two["more"], true);
  });

  test("the context block is printed for a prompt, and nothing else", async () => {
    await using cli = await openWithAda();
    const asked = ["recall", "ada", "ferry", "--purpose", "assistant", "--context"];
    const { out } = await cli.oubli(...asked);
    assert.match(out, /^You may refer to these memories\.\n- /);
    assert.match(out, /\[memory access\/\d+\]$/);
  });

  test("an export is a file that only its owner reads, and never replaces another", async () => {
    await using cli = await openWithAda();
    const first = await cli.oubli("export", "ada", "--out", "ada.json");
    assert.equal(first.exit, EXIT.done);
    const copy = JSON.parse(await readFile(cli.path("ada.json"), "utf8")) as { nodes: unknown[] };
    assert.equal(copy.nodes.length, 3);
    if (process.platform !== "win32") {
      assert.equal((await stat(cli.path("ada.json"))).mode & 0o777, 0o600);
    }
    const second = await cli.oubli("export", "ada", "--out", "ada.json");
    assert.equal(second.exit, EXIT.error);
    assert.match(second.err, /^FILE: --out names a file that is there already$/);
  });
});

describe("erasing", () => {
  test("forget erases at once, names its certificate, and writes its three files", async () => {
    await using cli = await openWithAda();
    const done = await cli.oubli("forget", "ada", cli.nodes[0]!, "--certificate", "proof");
    assert.equal(done.exit, EXIT.done);
    assert.match(done.out, /Erased 1 memory.*\nCertificate era_\S+, stage executed/);
    for (const name of ["certificate.json", "entry.bin", "proof.txt"]) {
      assert.ok((await stat(cli.path("proof", name))).size > 0, name);
    }
    const second = await cli.oubli("forget", "ada", cli.nodes[1]!, "--certificate", "proof");
    assert.match(second.err, /^FILE: --certificate names a folder that has a certificate already$/);
    assert.match((await cli.oubli("list", "ada")).out, new RegExp(cli.nodes[1]!));
    const { nodes } = (await cli.oubli("list", "ada", "--json")).json<{
      nodes: { id: string }[];
    }>();
    assert.deepEqual(new Set(nodes.map(({ id }) => id)), new Set(cli.nodes.slice(1)));
  });

  test("erase without --execute erases nothing", async () => {
    await using cli = await openWithAda();
    const plan = await cli.oubli("erase", "ada");
    assert.equal(plan.exit, EXIT.done);
    assert.match(plan.out, /^Would erase 3 memories/);
    assert.match(plan.out, /Nothing was erased\. Run again with --execute/);
    const { nodes } = (await cli.oubli("list", "ada", "--json")).json<{ nodes: unknown[] }>();
    assert.equal(nodes.length, 3);
    const log = await cli.oubli("audit", "prove", "ledger", "2", "--json");
    assert.match(log.err, /^NOT_FOUND/, "a plan stands in no ledger");
  });

  test("erase --execute erases the person, who is then nobody", async () => {
    await using cli = await openWithAda();
    const done = await cli.oubli("erase", "ada", "--execute", "--json");
    assert.equal(done.exit, EXIT.done);
    assert.equal(done.json()["erased"], 3);
    assert.equal((await cli.oubli("list", "ada")).err.split(":")[0], "NOT_FOUND");
  });

  test("withdrawing a consent erases what rested on it alone", async () => {
    await using cli = await openWithAda();
    const done = await cli.oubli("consent", "withdraw", "ada", "--purpose", "assistant");
    assert.equal(done.exit, EXIT.done);
    assert.match(done.out, /Erased 3 memories that rested on it alone/);
    const shown = await cli.oubli("consent", "show", "ada");
    assert.match(shown.out, /assistant +granted .*\n.*assistant +withdrawn/);
    assert.match(shown.out, /In force: none$/);
  });

  test("or keeps it, restricted, on a ground that is stated", async () => {
    await using cli = await openWithAda();
    const words = ["consent", "withdraw", "ada", "--purpose", "assistant"];
    const done = await cli.oubli(...words, "--keep-on", "legal-claims");
    assert.match(done.out, /kept, restricted, on the ground legal-claims/);
    const { nodes } = (await cli.oubli("list", "ada", "--json")).json<{ nodes: unknown[] }>();
    assert.equal(nodes.length, 3);
  });

  test("a hold keeps its memories: the erasure waits, with an exit code that says so", async () => {
    await using cli = await openWithAda();
    const place = ["hold", "place", "ada", "--case", "c-17", "--reason", "legal-claims", "--json"];
    const hold = (await cli.oubli(...place, "--node", cli.nodes[0]!)).json<{ id: string }>();
    assert.match((await cli.oubli("hold", "list", "ada")).out, /c-17 +legal-claims .* 1 memory$/);

    assert.match((await cli.oubli("forget", "ada", cli.nodes[0]!)).err, /^HELD: /);
    const waiting = await cli.oubli("erase", "ada", "--execute");
    assert.equal(waiting.exit, EXIT.waiting);
    assert.match(waiting.out, /Erased 2 memories.*\nA hold keeps 1 memory/);

    const released = await cli.oubli("hold", "release", "ada", hold.id);
    assert.equal(released.exit, EXIT.done);
    assert.match(released.out, /Erased 1 memory that had waited: certificate era_/);
  });

  test("a withdrawal waits for a hold as well", async () => {
    await using cli = await openWithAda();
    const place = ["hold", "place", "ada", "--case", "c-17", "--reason", "legal-claims"];
    await cli.oubli(...place, "--node", cli.nodes[0]!);
    const done = await cli.oubli("consent", "withdraw", "ada", "--purpose", "assistant");
    assert.equal(done.exit, EXIT.waiting);
    assert.match(done.out, /Erased 2 memories(.|\n)*A hold keeps others; they wait for it\.$/);
  });

  test("keys rotate makes erasures final, and the final certificate can be had", async () => {
    await using cli = await openWithAda();
    await cli.oubli("forget", "ada", cli.nodes[0]!);
    const rotated = await cli.oubli("keys", "rotate", "--json");
    assert.equal(rotated.json()["final"], 1);
    const { logs } = (await cli.oubli("audit", "verify", "--json")).json<{
      logs: { log: string; size: number }[];
    }>();
    const last = logs.find(({ log }) => log === "ledger")!.size - 1;
    await cli.oubli("audit", "prove", "ledger", String(last), "--out", "final");
    const { ledger } = (await cli.oubli("init", "--json")).json<{
      verifierKeys: { ledger: string };
    }>().verifierKeys;
    const verified = await cli.oubli("verify", "final/certificate.json", "--key", ledger);
    assert.match(verified.out, /^Valid: erase\.final/);
  });

  test("sweep says what it did", async () => {
    await using cli = await openWithAda();
    const swept = await cli.oubli("sweep");
    assert.equal(swept.exit, EXIT.done);
    assert.match(swept.out, /^Destroyed 0 expired memories; a hold keeps 0\./);
  });
});

describe("the store and its policy", () => {
  test("explain names the law behind each rule, and each purpose", async () => {
    await using cli = await openWithAda();
    const { out } = await cli.oubli("explain");
    assert.match(out, /specialNeedsCondition +true +gdpr-2026\.1: GDPR Art\. 9\(1\)/);
    assert.match(out, /assistant +consent/);
  });

  test("a configuration file in the folder rules; without it, the stored one stays", async () => {
    await using cli = await openCli();
    const config = { purposes: { tutoring: { basis: "contract", categories: ["education"] } } };
    await writeFile(
      cli.path("oubli.config.mjs"),
      `export default ${JSON.stringify({
        ...config,
        regions: { school: { jurisdictions: ["*"], store: `sqlite:${cli.path("pupils")}` } },
      })};`,
    );
    const made = await cli.oubli("init", "--json");
    assert.ok(made.json<{ purposes: string[] }>().purposes.includes("tutoring"));
    await cli.oubli("remember", "tom", "Tom reads well.", "--purpose", "tutoring");

    // Elsewhere, with the folder alone: neither the purposes nor the region are in any file.
    await using other = await openCli();
    const asked = ["recall", "tom", "", "--purpose", "tutoring", "--dir", cli.path("pupils")];
    const found = await other.oubli(...asked, "--json");
    assert.equal(found.exit, EXIT.done, found.err);
    assert.equal(found.json<{ nodes: unknown[] }>().nodes.length, 1);
  });

  test("a store that --dir names keeps its configuration, whatever file is here", async () => {
    await using cli = await openWithAda();
    await using other = await openCli();
    const purposes = { tutoring: { basis: "contract", categories: ["education"] } };
    await writeFile(
      other.path("oubli.config.mjs"),
      `export default ${JSON.stringify({ purposes })};`,
    );
    const at = ["--dir", cli.path("oubli-data"), "--json"];
    const of = async (...words: string[]) =>
      (await other.oubli("explain", ...at, ...words)).json<{ purposes: Record<string, unknown> }>();
    assert.ok(!("tutoring" in (await of()).purposes));
    const named = ["--config", "oubli.config.mjs"];
    assert.ok("tutoring" in (await of(...named)).purposes);
    assert.ok("tutoring" in (await of()).purposes, "what was said once stays in force");
  });

  test("flags of every command may stand before it as well", async () => {
    await using cli = await openWithAda();
    const before = await cli.oubli("--json", "--dir", cli.path("oubli-data"), "list", "ada");
    assert.equal(before.json<{ nodes: unknown[] }>().nodes.length, 3);
  });

  test("another tenant is another world", async () => {
    await using cli = await openWithAda();
    const elsewhere = await cli.oubli("list", "ada", "--tenant", "other");
    assert.match(elsewhere.err, /^NOT_FOUND: there is no such person/);
  });

  test("where there is no store, no command makes one by the way", async () => {
    await using cli = await openCli();
    for (const words of [
      ["list", "ada"],
      ["remember", "ada", "x", "--purpose", "assistant"],
    ]) {
      const ran = await cli.oubli(...words);
      assert.equal(ran.exit, EXIT.error);
      assert.match(ran.err, /^NO_STORE: .*oubli init$/);
    }
    await assert.rejects(stat(cli.path("oubli-data")));
  });
});
