import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { Lease } from "#audit";
import { randomIds, type EpochMs } from "#kernel";

import { beginErasure, item, NOW, sampleAudit } from "./sample-audit.test.ts";

const HOUR_MS = 60 * 60 * 1000;

function leaseAt(ms: number, holder: Lease["holder"], lastsMs = 400): Lease {
  return { holder, now: ms as EpochMs, until: (ms + lastsMs) as EpochMs };
}

test("a process whose clock is hours wrong takes no lease that is alive, and loses none of its own", async () => {
  await using sample = await sampleAudit();
  const store = await sample.store();
  const subject = randomIds.next("subject");
  const begun = beginErasure(subject) as Extract<
    ReturnType<typeof beginErasure>,
    { kind: "erasure.begin" }
  >;
  const { holder } = begun.lease;
  const effects = [{ ...begun, lease: leaseAt(NOW - HOUR_MS, holder) }];
  await store.append([item("ledger", "erase.intent", { subject, seq: 0, effects })], NOW);
  const other = leaseAt(NOW + 5 * HOUR_MS, randomIds.next("lease"));

  assert.deepEqual(await store.claimErasures(other, 9), []);
  await pause(250);
  const { id } = begun.row;
  assert.equal(await store.renewLease(subject, id, leaseAt(NOW - HOUR_MS, holder)), true);
  await pause(250);
  assert.deepEqual(await store.claimErasures(other, 9), [], "prolonged by the server's clock too");
  await pause(450);
  assert.equal((await store.claimErasures(other, 9)).length, 1, "by the server's clock it ran out");
  assert.equal(await store.renewLease(subject, id, leaseAt(NOW, holder)), false);
});
