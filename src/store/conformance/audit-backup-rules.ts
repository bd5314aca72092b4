import assert from "node:assert/strict";

import type { AuditStore, BackupRow } from "#audit";
import { later, type BackupId, type Id } from "#kernel";

import { item, NOW } from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

const backup = (letter: string, endsInMs: number): BackupRow => ({
  id: `bak_${letter.repeat(22)}` as Id as BackupId,
  scope: letter === "k" ? "keys" : "full",
  madeAt: NOW,
  endsAt: later(NOW, endsInMs),
});

const [soon, late, keys] = [backup("s", 10), backup("l", 1000), backup("k", 100)];

async function make(store: AuditStore, made: readonly BackupRow[]): Promise<void> {
  for (const one of made) {
    await store.append([item([{ kind: "backup.made", backup: one }])], NOW);
  }
}

/** Which copies may still exist: what a certificate says of them rests on it. */
export const auditBackupRules: readonly Rule<AuditStore>[] = [
  {
    rule: "with no backup, none is outstanding",
    async check(store) {
      const none = { count: 0, until: null, rows: [] };
      assert.deepEqual(await store.outstandingBackups(NOW, 10), none);
    },
  },
  {
    rule: "backups are outstanding until their end, those that end last first",
    async check(store) {
      await make(store, [soon, late, keys]);
      assert.deepEqual(await store.outstandingBackups(NOW, 2), {
        count: 3,
        until: late.endsAt,
        rows: [late, keys],
      });
      const left = await store.outstandingBackups(soon.endsAt, 10);
      assert.deepEqual([left.count, left.rows], [2, [late, keys]]);
    },
  },
  {
    rule: "a backup that was destroyed is not outstanding any more",
    async check(store) {
      await make(store, [soon, late]);
      const ended = [{ kind: "backup.ended", id: late.id }] as const;
      await store.append([item(ended)], NOW);
      assert.deepEqual((await store.outstandingBackups(NOW, 10)).rows, [soon]);
    },
  },
];
