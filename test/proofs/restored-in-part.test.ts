import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { closeStores, openStores } from "#engine";
import { systemClock } from "#kernel";
import { openAuditStore, sqliteRestorePlace } from "#store";

import { administer } from "../support/postgres.ts";
import { openBackedUp, PURPOSE, tell, type BackedUp } from "./support/backed-up.ts";

// Goal: where keys alone, or memories alone, are put back, nobody goes on with what was read before.

async function world(engine: "sqlite" | "postgres") {
  const life = await openBackedUp(engine);
  await tell(life.oubli, "ada", "likes tea");
  await life.oubli.backup(life.backups);
  const [rum] = await tell(life.oubli, "ada", "likes rum");
  const ada = await life.oubli.subject("ada");
  const session = ada.session({ purpose: PURPOSE });
  assert.equal((await session.recall("likes")).nodes.length, 2, "its working set holds both");
  return { life, ada, session, rum: rum! };
}

/**
 * As a network does that fails for a moment: the process goes on, its connections do not. The locks
 * of a restore that was killed keep it from coming back before the next one begins.
 */
const disconnect = ({ medium }: BackedUp): Promise<void> =>
  administer(
    medium.admin!,
    ...["audit", "keys", "memory"].map(
      (name) => `CREATE SCHEMA oubli_eu_${name}_lock CREATE TABLE note (note text NOT NULL)`,
    ),
    `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
     WHERE application_name = 'oubli' AND datname = current_database()`,
  );

for (const only of ["keys", "memory"] as const) {
  test(`postgres: behind a restore of ${only} alone, a process of before releases and writes nothing`, async () => {
    const { life, ada, session, rum } = await world("postgres");
    await using _ = life;
    await disconnect(life);
    await life.restore({ only: [only] });

    const locked = { code: "STORE_LOCKED", details: { replaced: true } };
    await assert.rejects(session.recall("likes"), locked);
    await assert.rejects(session.remember([{ role: "user", content: "likes gin" }]), locked);
    await assert.rejects(ada.forget(rum), locked);
    await assert.rejects(ada.hold({ case: "A v B", reason: "litigation" }), locked);
    await life.oubli.close();
    await life.reopen();
    const again = (await life.oubli.subject("ada")).session({ purpose: PURPOSE });
    assert.equal((await again.recall("likes")).nodes.length, 1, "and one of after goes on");
  });

  test(`sqlite: while a process has the store open, ${only} alone are not restored under it`, async () => {
    const { life, session } = await world("sqlite");
    await using _ = life;
    await life.medium.lose([only]);

    await assert.rejects(life.restore({ only: [only] }), { code: "STORE_BUSY" });

    assert.equal((await session.recall("likes")).nodes.length, 2, "it is not locked");
  });
}

test("sqlite: of a process that opens while a restore begins, and the restore, one gives in", async () => {
  const life = await openBackedUp("sqlite");
  await using _ = life;
  await life.oubli.close();
  const data = life.path("data");
  const lock = join(data, "restoring");

  const beginning = sqliteRestorePlace(data).commit("{}\n");
  const opened = openAuditStore(join(data, "audit.db"));
  await assert.rejects(beginning, { code: "STORE_BUSY" });
  assert.equal(existsSync(lock), false, "nothing was changed, so nothing stays locked");
  await opened.close();

  const folders = {
    data,
    get root() {
      writeFileSync(lock, "");
      return life.path("root");
    },
  };
  assert.throws(() => openStores(folders, "eu", systemClock), { code: "STORE_LOCKED" });
  rmSync(lock);
  const stores = openStores({ data, root: life.path("root") }, "eu", systemClock);
  await closeStores(stores);
});
