import assert from "node:assert/strict";
import { test } from "node:test";

import type { AuditStore, StoredEntry } from "./audit-store.ts";
import { storedEntries, type EntryRange } from "./stored-entries.ts";

async function read(size: number, range: EntryRange) {
  const limits: number[] = [];
  const entries: AuditStore["entries"] = async (_log, { from, limit }) => {
    limits.push(limit);
    const indices = Array.from({ length: size }, (_, index) => index);
    return indices.slice(from, from + limit).map((index) => ({ index }) as StoredEntry);
  };
  const indices: number[] = [];
  for await (const { index } of storedEntries({ entries }, "ledger", range)) indices.push(index);
  return { indices, limits };
}

test("a log is read once and whole, also where its end is the end of a page", async () => {
  assert.deepEqual((await read(5, { pageSize: 2 })).indices, [0, 1, 2, 3, 4]);
  assert.deepEqual((await read(4, { pageSize: 2 })).indices, [0, 1, 2, 3]);
  assert.deepEqual((await read(0, {})).indices, []);
});

test("a range of a log asks the store for nothing beyond its end", async () => {
  const { indices, limits } = await read(9, { from: 2, until: 7, pageSize: 2 });

  assert.deepEqual(indices, [2, 3, 4, 5, 6]);
  assert.deepEqual(limits, [2, 2, 1]);
});
