import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { checkLogs } from "#audit";
import { isOubliError, randomIds } from "#kernel";

import { administer, startPostgres } from "../../../test/support/postgres.ts";
import { draft, item, NOW, sampleAudit } from "./sample-audit.test.ts";

const ada = randomIds.next("subject");
const read = () => item("access", "retrieve", { subject: ada, seq: 0 });

describe("a server that is killed", () => {
  test("under appends has every acknowledged entry when it is back, and a whole log", async () => {
    await using server = await startPostgres();
    await using sample = await sampleAudit(server);
    const { store, notary, log } = await sample.log();
    const acknowledged: number[] = [];
    const killed = new AbortController();
    const writer = async () => {
      while (!killed.signal.aborted) {
        const done = await log.record(draft("retrieve", ada)).catch((error: unknown) => error);
        if (isOubliError(done)) assert.equal(done.code, "AUDIT_UNAVAILABLE");
        else acknowledged.push((done as { index: number }).index);
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    while (acknowledged.length <= 50) await pause(20);
    await server.kill();
    killed.abort();
    await Promise.all(writers);
    await server.restart();
    await log.record(draft("retrieve", ada));
    const { size } = await store.head("access");
    assert.ok(size > Math.max(...acknowledged));
    const [access] = await checkLogs(store, notary);
    assert.deepEqual([access!.checked, access!.faults], [size, []]);
  });

  test("is said to be unavailable while it is away; then the same store goes on", async () => {
    await using server = await startPostgres();
    await using sample = await sampleAudit(server);
    const store = await sample.store();
    await store.append([read()], NOW);
    await server.kill();
    await assert.rejects(store.gate(ada), { code: "STORE_UNAVAILABLE" });
    await assert.rejects(store.append([read()], NOW), { code: "STORE_UNAVAILABLE" });
    await server.restart();
    assert.equal((await store.gate(ada)).seq, 0);
    const [done] = await store.append([read()], NOW);
    assert.equal(done!.status, "appended");
  });

  test("and started again is no fault to a read that had a connection to it", async () => {
    await using server = await startPostgres();
    await using sample = await sampleAudit(server);
    const store = await sample.store();
    await store.gate(ada);
    await server.kill();
    await server.restart();
    assert.equal((await store.gate(ada)).seq, 0);
  });
});

test("a connection that is lost while committing leaves an outcome that nobody knows", async () => {
  // A commit waits for a standby that never comes: long enough to end its connection in between.
  await using server = await startPostgres();
  await using sample = await sampleAudit(server);
  const store = await sample.store();
  const reload = "SELECT pg_reload_conf()";
  await administer(server.url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", reload);
  // The server takes its new configuration up when it comes to it: until then, commits go through.
  let committed = 0;
  let outcome: unknown = null;
  do {
    assert.ok(committed < 1000, "no commit waits for the standby");
    const settled = store.append([read()], NOW).catch((error: unknown) => error);
    const ended = endWaiting(server.url, settled);
    outcome = await settled;
    committed += 1;
    await ended;
  } while (!(outcome instanceof Error));
  assert.ok(isOubliError(outcome, "OUTCOME_UNKNOWN"));
  await administer(server.url, "ALTER SYSTEM RESET synchronous_standby_names", reload);
  assert.equal((await store.head("access")).size, committed);
  const [done] = await store.append([read()], NOW);
  assert.deepEqual(done, { status: "appended", index: committed });
});

/** Ends the connections on which a commit waits for a standby, until `settled` is. */
async function endWaiting(url: string, settled: Promise<unknown>): Promise<void> {
  const state = { settled: false };
  void settled.finally(() => (state.settled = true));
  while (!state.settled) {
    await administer(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
    );
    await pause(20);
  }
}

test("a server that does not wait for its disk is refused", async () => {
  await using server = await startPostgres(["fsync=off"]);
  await assert.rejects(
    async () => {
      await using sample = await sampleAudit(server);
      await sample.store();
    },
    (error) => isOubliError(error, "CONFIG_INVALID") && error.details["field"] === "store.fsync",
  );
});

test("a server that would not wait at commit is made to", async () => {
  await using server = await startPostgres(["synchronous_commit=off"]);
  await using sample = await sampleAudit(server);
  const store = await sample.store();
  const acknowledged = (await store.append([read()], NOW)).length;
  await server.kill();
  await server.restart();
  assert.equal((await store.head("access")).size, acknowledged);
});
