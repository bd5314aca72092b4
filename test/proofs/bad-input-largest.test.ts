import assert from "node:assert/strict";
import { test } from "node:test";

import { openTestOubli } from "#engine";

const SUPPORT = { basis: "contract", categories: ["preference"], retention: "P2Y" } as const;

/** A code as long as codes are. */
const codeAt = (_: unknown, at: number) => `a${at}-`.padEnd(64, "x");

// An audit entry has at most 65,535 bytes: what a call takes has to fit, or it is refused for good.

test("the most roles, purposes, memories and holds that a call takes fit into its entries", async () => {
  const purposes = Object.fromEntries(
    Array.from({ length: 64 }, (_, at) => [codeAt(null, at), SUPPORT]),
  );
  await using oubli = await openTestOubli({ purposes });
  const roles = ["privacy-officer", ...Array.from({ length: 31 }, codeAt)];
  const ada = await oubli.as({ kind: "staff", id: codeAt(null, 0), roles }).subject("ada");
  const [purpose] = Object.keys(purposes) as [string];
  const chat = ada.session({ purpose, storeFor: Object.keys(purposes) });
  const messages = Array.from({ length: 1000 }, () => ({ role: "user", content: "tea" }) as const);
  const held = await chat.remember(messages);
  const free = await chat.remember(messages);

  assert.equal((await ada.list({ limit: 1000 })).nodes.length, 1000);
  await ada.hold({ case: "case-7", reason: "litigation", nodes: held.nodes });
  const { entry } = await ada.forget([...held.nodes, ...free.nodes]);
  assert.deepEqual(entry["scope"], { nodes: 1000, held: 1000, subject: false });
});
