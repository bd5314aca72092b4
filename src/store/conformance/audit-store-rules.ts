import assert from "node:assert/strict";

import {
  appendLeaf,
  leafHash,
  rootOf,
  sealEntry,
  type Append,
  type ConsentRow,
  type AuditStore,
  type Draft,
  type Effect,
  type Head,
  type SealedEntry,
} from "#audit";
import { randomIds, word, type EpochMs, type SubjectId, type Word } from "#kernel";

import type { Rule } from "./rule.ts";

const NOW = 1_800_000_000_000 as EpochMs;
const clock = { now: () => NOW };
const ada = randomIds.next("subject");
const ben = randomIds.next("subject");
const lease = { holder: randomIds.next("lease"), now: NOW, until: (NOW + 1000) as EpochMs };

function entry(subject: SubjectId | null = ada, t: Draft["t"] = "retrieve"): SealedEntry {
  const actor = { kind: "app", id: word("app"), roles: [] } as const;
  const place = { tenant: word("acme"), region: word("eu") };
  return sealEntry({ t, ...place, actor, subject, facts: {} }, { clock, ids: randomIds });
}

function item(effects: readonly Effect[] = [], check: Append["check"] = null): Append {
  return { log: "ledger", entries: [entry(ada, "restrict")], check, effects };
}

const read = (subject: SubjectId = ada): Append => ({
  log: "access",
  entries: [entry(subject)],
  check: null,
  effects: [],
});

const checkAt = (seq: number, policySeq = 0, notAfter: EpochMs | null = null): Append["check"] => ({
  subject: ada,
  seq,
  policySeq,
  notAfter,
});

/** A lease of another process, for a second from `now`. */
const other = (now: number) => ({
  holder: randomIds.next("lease"),
  now: now as EpochMs,
  until: (now + 1000) as EpochMs,
});

const bump: Effect = { kind: "gate", subject: ada, pending: 0 };

function erasure(nodes: readonly string[] | null = null): Effect & { kind: "erasure.begin" } {
  const refs = nodes?.map(() => ({ node: randomIds.next("node"), revision: 1 })) ?? null;
  return {
    kind: "erasure.begin",
    row: {
      subject: ada,
      id: randomIds.next("erasure"),
      kind: "forget",
      reason: word("asked"),
      nodes: refs,
      held: [],
      remake: [],
      tenant: word("acme"),
      startedAt: NOW,
    },
    lease,
  };
}

const consent = (
  granted: boolean,
  collectedAt: number,
  {
    evidence = null,
    ...fields
  }: {
    evidence?: Uint8Array | null;
    subject?: SubjectId;
    purpose?: Word;
    validUntil?: number;
  } = {},
): Effect => ({
  kind: "consent",
  row: {
    subject: ada,
    id: randomIds.next("consent"),
    purpose: word("assistant"),
    granted,
    explicit: false,
    collectedAt: collectedAt as EpochMs,
    validUntil: null,
    policyVersion: word("v1"),
    mechanism: word("signup"),
    language: null,
    ...(fields as { subject?: SubjectId; purpose?: Word; validUntil?: EpochMs }),
  },
  evidence,
});

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
    rule: "an erasure is pending from its intent to its executed, and the gate says so",
    async check(store) {
      const begin = erasure(["n"]);
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      const facts = await store.facts(ada);
      assert.deepEqual(facts.gate, { seq: 1, pending: 1 });
      assert.deepEqual(facts.pending[0]!.nodes, begin.row.nodes);
      const executed: Effect = { kind: "erasure.executed", subject, id, epoch: 1 };
      await store.append([item([executed])], NOW);
      assert.deepEqual((await store.facts(ada)).gate, { seq: 2, pending: 0 });
      assert.equal((await store.erasure(subject, id))!.stage, "executed");
      await store.append([item([executed])], NOW);
      assert.deepEqual((await store.facts(ada)).gate, { seq: 2, pending: 0 });
    },
  },
  {
    rule: "nodes that an erasure takes in later are with its plan, behind the others",
    async check(store) {
      const begin = erasure(["first"]);
      const late = { node: randomIds.next("node"), revision: 2 };
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      const extend: Effect = { kind: "erasure.extend", subject, id, nodes: [late] };
      await store.append([item([extend])], NOW);
      const { gate, pending } = await store.facts(ada);
      assert.deepEqual(gate, { seq: 2, pending: 1 });
      assert.deepEqual(pending[0]!.nodes, [...begin.row.nodes!, late]);
      await store.append([item([{ kind: "erasure.executed", subject, id, epoch: 1 }])], NOW);
      await store.append([item([extend])], NOW);
      assert.deepEqual((await store.facts(ada)).pending, []);
    },
  },
  {
    rule: "an executed erasure is listed until it is final, by the epoch that ends it",
    async check(store) {
      const begin = erasure();
      const { subject, id } = begin.row;
      await store.append([item([begin])], NOW);
      await store.append([item([{ kind: "erasure.executed", subject, id, epoch: 3 }])], NOW);
      assert.deepEqual(await store.executed({ epochMax: 2, limit: 9 }), []);
      assert.equal((await store.executed({ epochMax: 3, limit: 9 })).length, 1);
      await store.append([item([{ kind: "erasure.final", subject, id }])], NOW);
      assert.deepEqual(await store.executed({ epochMax: 3, limit: 9 }), []);
      assert.equal((await store.erasure(subject, id))!.finalIndex, 2);
    },
  },
  {
    rule: "an erasure is leased to one holder at a time, and to another when the lease runs out",
    async check(store) {
      await store.append([item([erasure()])], NOW);
      assert.deepEqual(await store.claimErasures(other(NOW + 1), 9), []);
      const [claimed] = await store.claimErasures(other(NOW + 1001), 9);
      assert.equal(claimed!.subject, ada);
      assert.equal(await store.renewLease(ada, claimed!.id, lease), false);
      assert.deepEqual(await store.claimErasures(other(NOW + 1001), 9), []);
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
];
