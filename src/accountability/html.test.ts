import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { html, page, tableOf } from "./html.ts";

const EVIL = `</td><script>alert("1")</script>'&`;

test("whatever is put into HTML is text, also in an attribute", () => {
  const made = html`<p title="${EVIL}">${EVIL}</p>`.markup;
  assert.ok(!made.includes("<script"));
  assert.equal(made.match(/</g)?.length, 2);
  assert.ok(made.includes("&quot;1&quot;") && made.includes("&#39;&amp;"));
});

test("markup stays what it is, alone and in lists", () => {
  const item = html`<li>${"a < b"}</li>`;
  const made = html`<ul>
    ${[item, item]}
  </ul>`.markup.replaceAll(/\s*\n\s*/g, "");
  assert.equal(made, "<ul><li>a &lt; b</li><li>a &lt; b</li></ul>");
});

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
