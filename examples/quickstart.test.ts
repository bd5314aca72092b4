import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

test("the README's first example runs as it is printed", async () => {
  process.chdir(mkdtempSync(join(tmpdir(), "oubli-quickstart-")));
  // #region quickstart
  const { openOubli } = await import("oubli");
  await using oubli = await openOubli(); // SQLite in ./oubli-data, keys in ./oubli-root
  const consent = { policyVersion: "v1", mechanism: "signup" };
  const ada = await oubli.subject("user-42", { consent }); // who it is about, and why we may
  const chat = ada.session({ purpose: "assistant" });
  await chat.remember("Prefers green tea, and no calls before ten.");
  const { nodes, context, why } = await chat.recall("what does she like to drink, tea?");
  const certificate = await ada.forget(nodes[0]!.id); // its key is destroyed
  await oubli.verify(certificate); // { valid: true, … }
  // #endregion quickstart
  assert.equal(nodes[0]!.content, "Prefers green tea, and no calls before ten.");
  assert.match(context, /green tea/);
  assert.ok(why.auditIndex >= 0);
  assert.equal((await oubli.verify(certificate)).valid, true);
  assert.equal((await chat.recall("tea")).nodes.length, 0);
});
