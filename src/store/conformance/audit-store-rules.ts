import assert from "node:assert/strict";

import {
  appendLeaf,
  leafHash,
  rootOf,
  type ConsentRow,
  type AuditStore,
  type Effect,
  type Head,
} from "#audit";
import { word, type EpochMs } from "#kernel";

import { auditBackupRules } from "./audit-backup-rules.ts";
import { auditErasureRules } from "./audit-erasure-rules.ts";
import { auditFenceRules } from "./audit-fence-rules.ts";
import { auditLogsRules } from "./audit-logs-rules.ts";
import {
  ada,
  ben,
  bump,
  checkAt,
  consent,
  entry,
  erasure,
  item,
  NOW,
  read,
} from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

export const auditStoreRules: readonly Rule<AuditStore>[] = [
  {
    rule: "an empty log has size 0, no frontier and no entries",
    async check(store) {
      assert.deepEqual(await store.head("access"), { size: 0, frontier: [] });
      assert.deepEqual(await store.entries("access", { from: 0, limit: 10 }), []);
    },
  },
  {
    rule: "indices start at 0 in each log and have no gaps, whatever the batches",
    async check(store) {
      const sizes = [1, 3, 2];
      const indices: number[] = [];
      for (const size of sizes) {
        const batch = Array.from({ length: size }, () => read());
        for (const done of await store.append(batch, NOW)) {
          assert.equal(done.status, "appended");
          indices.push(done.index);
        }
      }
      assert.deepEqual(indices, [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(await store.append([item()], NOW), [{ status: "appended", index: 0 }]);
    },
  },
  {
    rule: "appends at the same time each get their own index",
    async check(store) {
      const all = await Promise.all(Array.from({ length: 32 }, () => store.append([read()], NOW)));
      const indices = all.flat().map((done) => (done.status === "appended" ? done.index : -1));
      assert.deepEqual(
        indices.toSorted((a, b) => a - b),
        [...Array(32).keys()],
      );
    },
  },
  {
    rule: "an entry comes back byte for byte, with its hash, type, time and subject",
    async check(store) {
      const sealed = entry();
      await store.append([{ ...read(), entries: [sealed] }], NOW);
      const [back] = await store.entries("access", { from: 0, limit: 1 });
      assert.deepEqual(Buffer.from(back!.bytes!), Buffer.from(sealed.bytes));
      assert.deepEqual(Buffer.from(back!.hash), Buffer.from(leafHash(sealed.bytes)));
      assert.deepEqual([back!.type, back!.ts, back!.subject], ["retrieve", NOW, ada]);
    },
  },
  {
    rule: "entries of one subject are found without reading another's",
    async check(store) {
      await store.append([read(ada), read(ben), read(ada)], NOW);
      const found = await store.entries("access", { from: 0, limit: 10, subject: ada });
      assert.deepEqual(
        found.map(({ index }) => index),
        [0, 2],
      );
    },
  },
  {
    rule: "head, leaf hashes and higher tile hashes are those of the RFC 6962 tree",
    async check(store) {
      const count = 600;
      let model: Head = { size: 0, frontier: [] };
      const completed: Uint8Array[] = [];
      for (let at = 0; at < count; at += 60) {
        const batch = Array.from({ length: 60 }, () => read());
        await store.append(batch, NOW);
        for (const { entries } of batch) {
          const next = appendLeaf(model, leafHash(entries[0]!.bytes));
          model = next.head;
          completed.push(...next.completed.map(({ hash }) => hash));
        }
      }
      assert.deepEqual(rootOf(await store.head("access")), rootOf(model));
      assert.equal((await store.hashes("access", 0, 0, 1000)).length, count * 32);
      const tiles = await store.hashes("access", 1, 0, 10);
      assert.deepEqual(Buffer.from(tiles), Buffer.concat(completed));
      assert.equal(completed.length, 2);
    },
  },
  {
    rule: "a level's hashes end where the log ends: what is not complete yet is not there",
    async check(store) {
      await store.append(
        Array.from({ length: 256 }, () => read()),
        NOW,
      );
      assert.equal((await store.hashes("access", 0, 250, 100)).length, 6 * 32);
      assert.equal((await store.hashes("access", 1, 0, 100)).length, 32);
      assert.equal((await store.hashes("access", 1, 1, 100)).length, 0);
      assert.equal((await store.hashes("access", 2, 0, 100)).length, 0);
      assert.equal((await store.hashes("ledger", 0, 0, 100)).length, 0);
    },
  },
  {
    rule: "a batch that cannot be written leaves nothing behind, of none of its items",
    async check(store) {
      const begin = erasure();
      await store.append([item([begin])], NOW);
      await assert.rejects(store.append([read(), item([bump]), item([begin])], NOW));
      assert.equal((await store.head("access")).size, 0);
      assert.equal((await store.head("ledger")).size, 1);
      assert.equal((await store.gate(ada)).seq, 1);
    },
  },
  {
    rule: "an item whose gate moved is rejected alone, with none of its effects",
    async check(store) {
      await store.append([item([bump])], NOW);
      const outcomes = await store.append(
        [item([bump], checkAt(0)), item([], checkAt(1)), item([bump], checkAt(1))],
        NOW,
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["stale", "appended", "appended"],
      );
      assert.equal((await store.gate(ada)).seq, 2);
      assert.equal((await store.head("ledger")).size, 3);
    },
  },
  {
    rule: "a check sees the effects of items before it in the same batch",
    async check(store) {
      const outcomes = await store.append([item([bump], checkAt(0)), item([], checkAt(0))], NOW);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["appended", "stale"],
      );
    },
  },
  {
    rule: "an item that used what has expired, or an older policy, is rejected",
    async check(store) {
      const later = (NOW + 1) as EpochMs;
      const outcomes = await store.append(
        [item([], checkAt(0, 0, NOW)), item([], checkAt(0, 0, later)), item([], checkAt(0, 7))],
        NOW,
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["stale", "appended", "stale"],
      );
    },
  },
  {
    rule: "the latest consent of a purpose is by collection time, then by ledger index",
    async check(store) {
      await store.append([item([consent(true, 20)]), item([consent(false, 10)])], NOW);
      assert.equal((await store.facts(ada)).consents[0]!.granted, true);
      await store.append([item([consent(false, 20)])], NOW);
      const { consents } = await store.facts(ada);
      assert.deepEqual(
        consents.map(({ granted, index }) => [granted, index]),
        [[false, 2]],
      );
      assert.equal((await store.consents(ada)).length, 3);
      assert.deepEqual((await store.facts(ben)).consents, []);
    },
  },
  {
    rule: "evidence is due once the record stopped to matter, however many that matter are before it",
    async check(store) {
      const sealed = new Uint8Array(1);
      const records = [
        consent(true, 10, { evidence: sealed }),
        consent(true, 10, { evidence: sealed, subject: ben }),
        consent(false, 20, { evidence: sealed, subject: ben }),
        consent(true, 10, { evidence: sealed, purpose: word("news"), validUntil: 25 }),
      ];
      for (const record of records) await store.append([item([record])], NOW);
      const due = async (before: number) =>
        (await store.consentsWithEvidence(before as EpochMs, 9)).map(({ index }) => index).sort();
      assert.deepEqual([await due(20), await due(21), await due(26)], [[], [1, 2], [1, 2, 3]]);
      const [first] = await store.consentsWithEvidence(21 as EpochMs, 1);
      await store.endConsentEvidence(ben, [first!.id]);
      assert.equal((await due(21)).length, 1);
    },
  },
  {
    rule: "a consent has lapsed at its end, unless a later record of its purpose took its place",
    async check(store) {
      const records = [
        consent(true, 10, { validUntil: 30 }),
        consent(true, 10, { subject: ben, validUntil: 30 }),
        consent(false, 20, { subject: ben }),
        consent(true, 10, { purpose: word("news") }),
      ];
      for (const record of records) await store.append([item([record])], NOW);
      const never = { after: 0 as EpochMs, fromIndex: 9, validityMs: null };
      const found = async (lapse: object, after: ConsentRow | null = null) => {
        const asked = { ...never, until: 99 as EpochMs, ...lapse };
        const rows = await store.lapsedConsents(asked, { after, limit: 9 });
        return rows.map(({ index }) => index).sort();
      };
      assert.deepEqual([await found({ until: 29 }), await found({ until: 30 })], [[], [0]]);
      assert.deepEqual([await found({ after: 29 }), await found({ after: 30 })], [[0], []]);
      assert.deepEqual(await found({ after: 30, fromIndex: 0 }), [0]);
      assert.deepEqual(await found({ validityMs: 15 }), [0, 3]);
      const page = { after: null, limit: 1 };
      const [first] = await store.lapsedConsents(
        { ...never, until: 99 as EpochMs, validityMs: 15 },
        page,
      );
      assert.equal(first!.index, 0);
      assert.deepEqual(await found({ validityMs: 15 }, first), [3]);
    },
  },
  {
    rule: "the newest entry of a type is found, and null where there is none",
    async check(store) {
      assert.equal(await store.lastEntry("ledger", "restrict"), null);
      await store.append([item(), item(), read()], NOW);
      assert.equal((await store.lastEntry("ledger", "restrict"))!.index, 1);
      assert.equal(await store.lastEntry("access", "restrict"), null);
    },
  },
  {
    rule: "pruning removes bytes below the boundary and keeps every hash",
    async check(store) {
      await store.append(
        Array.from({ length: 10 }, () => read()),
        NOW,
      );
      const before = await store.hashes("access", 0, 0, 10);
      assert.equal(await store.prune("access", 4), 4);
      const entries = await store.entries("access", { from: 0, limit: 10 });
      assert.deepEqual(
        entries.map(({ bytes }) => bytes === null),
        [...Array(4).fill(true), ...Array(6).fill(false)],
      );
      assert.deepEqual(await store.hashes("access", 0, 0, 10), before);
      assert.equal(await store.prune("access", 4), 0);
      assert.equal(await store.prune("ledger", 4), 0);
    },
  },
  {
    rule: "a new policy has the next number, and rejects what was decided under the last",
    async check(store) {
      const policy: Effect = { kind: "policy", digest: word("digest"), json: "{}" };
      await store.append([item([policy]), item([], checkAt(0, 0))], NOW);
      assert.deepEqual(await store.policy(), { seq: 1, digest: "digest", json: "{}" });
      assert.equal((await store.gate(ben)).policySeq, 1);
    },
  },
  ...auditLogsRules,
  ...auditErasureRules,
  ...auditFenceRules,
  ...auditBackupRules,
];
