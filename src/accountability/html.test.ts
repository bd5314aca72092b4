import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { page, tableOf } from "./html.ts";

const EVIL = `</td><script>alert("1")</script>'&`;

test("a page loads nothing from anywhere, and runs nothing", () => {
  const made = page({ title: EVIL, subtitle: EVIL, body: [tableOf("T", [EVIL], [])] });
  assert.ok(!made.includes("<script"));
  assert.ok(!/src=|href=|url\(/.test(made));
  assert.ok(made.includes("default-src &#39;none&#39;"));
});

test("the one style of a page is allowed by its hash, and no other", () => {
  const made = page({ title: "T", subtitle: "S", body: [] });
  const [, style] = /<style>([^]*?)<\/style>/.exec(made)!;
  const digest = createHash("sha256").update(style!).digest("base64");
  assert.ok(made.includes(`style-src &#39;sha256-${digest}&#39;`));
  assert.ok(!made.includes("unsafe-inline"));
});

test("a table without rows says so", () => {
  assert.equal(tableOf("Recipients", [], []).markup, "<p>Recipients: none.</p>");
});
