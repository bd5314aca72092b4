import assert from "node:assert/strict";
import { test } from "node:test";

import type { Entry } from "#audit";
import type { Case } from "#cases";
import { DAY_MS, type EpochMs, type Json } from "#kernel";
import { defineConfig } from "#policy";

import { rereadNotice } from "./reread.ts";

const NOW = Date.UTC(2026, 0, 1) as EpochMs;
const DEADLINE = (NOW + 10 * DAY_MS) as EpochMs;
const TASK = { to: "authority", duty: "gdpr.authority", law: "gdpr", exempt: null, doneAt: null };

/** When a task is looked at again behind a step of which this is told. */
function dueBehind(told: Readonly<Record<string, unknown>>): EpochMs | null {
  const before = { facts: { ...TASK, deadline: NOW }, file: { none: true } };
  const entry = { ts: NOW, state: "due", ...TASK, deadline: DEADLINE, ...told };
  const reread = rereadNotice(defineConfig({}).policy);
  return reread(before as unknown as Case<Json>, entry as unknown as Entry).dueAt;
}

test("a task whose deadline was moved is looked at when four fifths of its time are over", () => {
  assert.equal(dueBehind({}), NOW + 8 * DAY_MS);
  assert.equal(dueBehind({ exempt: "encrypted", deadline: null }), null);
});

test("one of which somebody was reminded is looked at once it is over, and then no more", () => {
  assert.equal(dueBehind({ about: "due-soon" }), DEADLINE + 1);
  assert.equal(dueBehind({ about: "overdue" }), null);
});
