import assert from "node:assert/strict";

import {
  accessLogs,
  appendLeaf,
  leafHash,
  rootOf,
  type Append,
  type AuditStore,
  type Effect,
  type Head,
  type LogName,
} from "#audit";
import { word } from "#kernel";

import { bump, checkAt, entry, item, NOW, read } from "./audit-samples.ts";
import type { Rule } from "./rule.ts";

/** One read in each access log, the last one first. */
const eachLog = (store: AuditStore, check: Append["check"] = null): Append[] =>
  accessLogs(store.logs)
    .toReversed()
    .map((log) => ({ ...read(), log, check }));

/** What holds of a store's access logs together, however many it has. */
export const auditLogsRules: readonly Rule<AuditStore>[] = [
  {
    rule: "the ledger is the last of its logs, and each of the others is an access log",
    async check({ logs }) {
      assert.equal(logs.at(-1), "ledger");
      assert.deepEqual(
        logs.slice(0, -1),
        logs.slice(0, -1).map((_, at) => (at === 0 ? "access" : `access-${at}`)),
      );
    },
  },
  {
    rule: "each access log has its own indices, entries, hashes and head, whatever else grows",
    async check(store) {
      const models = new Map<LogName, Head>();
      const bytes = new Map<LogName, Uint8Array[]>();
      for (const [at, log] of accessLogs(store.logs).entries()) {
        for (let count = 0; count < at + 2; count += 1) {
          const entries = [entry(), entry()];
          const item = { log, entries, check: null, effects: [] };
          const [done] = await store.append([item], NOW);
          assert.deepEqual(done, { status: "appended", index: 2 * count });
          for (const each of entries) {
            const model = models.get(log) ?? { size: 0, frontier: [] };
            models.set(log, appendLeaf(model, leafHash(each.bytes)).head);
            bytes.set(log, [...(bytes.get(log) ?? []), each.bytes]);
          }
        }
      }
      for (const [log, model] of models) {
        const head = await store.head(log);
        assert.equal(head.size, model.size);
        assert.deepEqual(Buffer.from(rootOf(head)), Buffer.from(rootOf(model)));
        const found = await store.entries(log, { from: 0, limit: 1000 });
        assert.deepEqual(
          found.map((each) => Buffer.from(each.bytes!)),
          bytes.get(log)!.map((each) => Buffer.from(each)),
        );
        assert.equal((await store.hashes(log, 0, 0, 1000)).length, 32 * model.size);
      }
      assert.equal((await store.head("ledger")).size, 0);
    },
  },
  {
    rule: "a batch over several logs puts each entry where it belongs",
    async check(store) {
      const batch = [...eachLog(store), item(), ...eachLog(store)];
      const done = await store.append(batch, NOW);
      for (const [at, { log }] of batch.entries()) {
        const second = log !== "ledger" && at > batch.length / 2;
        assert.deepEqual(done[at], { status: "appended", index: second ? 1 : 0 }, log);
      }
      for (const log of accessLogs(store.logs)) assert.equal((await store.head(log)).size, 2);
    },
  },
  {
    rule: "appends to all logs at the same time leave no gap in any",
    async check(store) {
      const rounds = Array.from({ length: 8 }, () => eachLog(store)).flat();
      await Promise.all(rounds.map((one) => store.append([one], NOW)));
      for (const log of accessLogs(store.logs)) {
        const found = await store.entries(log, { from: 0, limit: 100 });
        assert.deepEqual(
          found.map(({ index }) => index),
          [...Array(8).keys()],
        );
      }
    },
  },
  {
    rule: "a gate that moved makes a read stale in whichever log it would stand",
    async check(store) {
      await store.append([item([bump])], NOW);
      for (const one of eachLog(store, checkAt(0))) {
        assert.deepEqual(await store.append([one], NOW), [{ status: "stale" }]);
      }
      for (const one of eachLog(store, checkAt(1))) {
        assert.deepEqual(await store.append([one], NOW), [{ status: "appended", index: 0 }]);
      }
    },
  },
  {
    rule: "a new policy makes a read stale in whichever log it would stand",
    async check(store) {
      // Each head is known by now: none of them may go by what it knew.
      for (const one of eachLog(store, checkAt(0))) await store.append([one], NOW);
      const policy: Effect = { kind: "policy", digest: word("digest"), json: "{}" };
      await store.append([item([policy])], NOW);
      for (const one of eachLog(store, checkAt(0, 0))) {
        assert.deepEqual(await store.append([one], NOW), [{ status: "stale" }]);
      }
      for (const one of eachLog(store, checkAt(0, 1))) {
        assert.deepEqual(await store.append([one], NOW), [{ status: "appended", index: 1 }]);
      }
    },
  },
  {
    rule: "pruning one log leaves every other one as it is",
    async check(store) {
      await store.append([...eachLog(store), ...eachLog(store)], NOW);
      const last = accessLogs(store.logs).at(-1)!;
      assert.equal(await store.prune(last, 1), 1);
      for (const log of accessLogs(store.logs)) {
        const found = await store.entries(log, { from: 0, limit: 10 });
        assert.deepEqual(
          found.map(({ bytes }) => bytes === null),
          [log === last, false],
        );
      }
    },
  },
];
