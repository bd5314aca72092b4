import assert from "node:assert/strict";
import { test } from "node:test";

import { html } from "./html.ts";

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

test("a control character is shown by its picture, and ends no line", () => {
  assert.equal(html`${"a\u0000b\u001bc\u0085d\ne"}`.markup, "a␀b␛c␡d\ne");
});
