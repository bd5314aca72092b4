import assert from "node:assert/strict";
import { test } from "node:test";

import type { Lease } from "#audit";
import { randomIds, type EpochMs } from "#kernel";

import { beginErasure, item, NOW, sampleAudit } from "./sample-audit.test.ts";

const HOUR_MS = 60 * 60 * 1000;

function leaseAt(ms: number, holder: Lease["holder"], lastsMs = HOUR_MS): Lease {
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

  // Hours pass on the server: every lease that it wrote down ends so much earlier.
  const pass = (hours: number) =>
    sample.attack(`UPDATE erasure SET lease_until = lease_until - ${hours * HOUR_MS}`);

  assert.deepEqual(await store.claimErasures(other, 9), []);
  const { id } = begun.row;
  const longer = leaseAt(NOW - HOUR_MS, holder, 5 * HOUR_MS);
  assert.equal(await store.renewLease(subject, id, longer), true);
  await pass(3);
  assert.deepEqual(await store.claimErasures(other, 9), [], "prolonged by the server's clock too");
  await pass(3);
  assert.equal((await store.claimErasures(other, 9)).length, 1, "by the server's clock it ran out");
  assert.equal(await store.renewLease(subject, id, leaseAt(NOW, holder)), false);
});
