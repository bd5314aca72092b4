import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { pruneAccessLogs } from "#audit";
import { worldOf, type Oubli } from "#engine";
import { word, type EpochMs } from "#kernel";

import type { Fault } from "./posture-fault.ts";
import { REGION } from "./region.ts";

const DAY_MS = 86_400_000;
const OLD = 1_000_000_000_000;
const FENCED = "(SELECT subject_id FROM subject_fence LIMIT 1)";

const worldAt = (oubli: Oubli) => worldOf(oubli.region(REGION));

/** Faults of rows, keys, logs and ends. */
export const ROW_FAULTS: readonly Fault[] = [
  {
    fault: "an entry of the ledger was rewritten",
    seenBy: "log-whole",
    also: ["schema-as-made", "log-tells-the-gates", "log-is-of-this-region"],
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        "DROP TRIGGER audit_ledger_no_update",
        "UPDATE audit_ledger SET entry = x'7b7d' WHERE idx = 3",
      ),
  },
  {
    fault: "the bytes of an access entry were taken away",
    seenBy: "log-whole",
    plant: (clinic) => clinic.spoil("audit", "UPDATE audit_access SET entry = NULL WHERE idx = 4"),
  },
  {
    fault: "what keeps history from being changed was dropped",
    seenBy: "schema-as-made",
    plant: (clinic) => clinic.spoil("audit", "DROP TRIGGER audit_ledger_no_delete"),
  },
  {
    fault: "a withdrawn consent was put back into its row",
    seenBy: "log-tells-the-gates",
    also: ["schema-as-made"],
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        "DROP TRIGGER consent_no_update",
        "UPDATE consent SET granted = 1 - granted",
      ),
  },
  {
    fault: "a legal hold was removed past the ledger",
    seenBy: "log-tells-the-gates",
    async plant(clinic) {
      const officer = clinic.oubli.as({ kind: "staff", id: "o", roles: ["privacy-officer"] });
      const ada = (await officer.find("ada"))!;
      await ada.hold({ case: "1 U 2/26", reason: "litigation" });
      await clinic.spoil("audit", "DELETE FROM hold");
    },
  },
  {
    fault: "another policy was written past the ledger",
    seenBy: "policy-in-the-ledger",
    also: ["log-tells-the-gates"],
    plant: (clinic) => clinic.spoil("audit", "UPDATE policy_state SET digest = 'f00'"),
  },
  {
    fault: "a retrieval of an erased memory",
    seenBy: "nothing-read-after-erasure",
    async plant({ oubli }) {
      const ada = (await oubli.find("ada"))!;
      const [{ id }] = (await ada.list({ purpose: "care" })).nodes as unknown as [{ id: string }];
      await ada.forget(id);
      const { audit, region } = worldAt(oubli);
      await audit.record({
        t: "retrieve",
        tenant: word("default"),
        region,
        actor: { kind: "app", id: word("app"), roles: [] },
        subject: ada.id,
        facts: {
          verb: word("recall"),
          gate: 99,
          policy: 1,
          nodes: [{ id: id as never, revision: 1, category: word("health") }],
        },
      });
    },
  },
  {
    fault: "the notary signs no more",
    seenBy: "log-signed",
    also: ["sweep-runs"],
    async plant(clinic) {
      using notary = new DatabaseSync(join(clinic.place.root, `${REGION}.notary.db`));
      for (const act of ["UPDATE", "INSERT"]) {
        notary.exec(
          `CREATE TRIGGER no_${act} BEFORE ${act} ON signed BEGIN SELECT RAISE(ABORT, 'no'); END`,
        );
      }
      const ada = (await clinic.oubli.find("ada"))!;
      await ada.session({ purpose: "care" }).recall("tea");
      clinic.clock.advance(3);
    },
  },
  {
    fault: "an embedding of no memory",
    seenBy: "nothing-left-behind",
    plant: (clinic) =>
      clinic.spoil(
        "memory",
        "INSERT INTO embedding SELECT subject_id, 'nod_gone', 1, x'00' FROM node LIMIT 1",
      ),
  },
  {
    fault: "a source that vanished from under what was made of it",
    seenBy: "nothing-left-behind",
    plant: (clinic) =>
      clinic.spoil(
        "memory",
        "DELETE FROM node WHERE kind = 'memory' AND categories LIKE '%health%'",
      ),
  },
  {
    fault: "a memory of an erased person was put back",
    seenBy: "nothing-of-the-erased",
    also: ["nothing-left-behind"],
    plant: (clinic) =>
      clinic.spoil(
        "memory",
        `INSERT INTO node SELECT ${FENCED}, node_id, revision, kind, category, categories, purposes,
          special, phi, created_at, updated_at, expires_at, session_id, position, deriver, 1,
          replay_tag FROM node WHERE kind = 'memory' LIMIT 1`,
      ),
  },
  {
    fault: "the key of an erased person was put back",
    seenBy: "no-key-behind-a-fence",
    plant: (clinic) =>
      clinic.spoil(
        "keys",
        `INSERT INTO subject_key SELECT (SELECT subject_id FROM key_fence WHERE key_id = '*'),
          tenant, version, epoch, wrapped, dirty FROM subject_key LIMIT 1`,
      ),
  },
  {
    fault: "the key of a forgotten memory was put back",
    seenBy: "no-key-behind-a-fence",
    async plant(clinic) {
      await clinic.spoil("keys", "CREATE TABLE saved AS SELECT * FROM node_key");
      const ada = (await clinic.oubli.find("ada"))!;
      const [{ id }] = (await ada.list({ purpose: "care" })).nodes as unknown as [{ id: string }];
      await ada.forget(id);
      await clinic.spoil(
        "keys",
        `INSERT OR IGNORE INTO node_key SELECT * FROM saved WHERE node_id = '${id}'`,
        "DROP TABLE saved",
      );
    },
  },
  {
    fault: "the name of an erased person was put back",
    seenBy: "no-key-behind-a-fence",
    also: ["sweep-runs"],
    async plant(clinic) {
      await clinic.spoil(
        "keys",
        `INSERT INTO directory SELECT tenant, x'01', epoch,
          (SELECT subject_id FROM key_fence WHERE key_id = '*'), sealed FROM directory LIMIT 1`,
      );
      clinic.clock.advance(2);
    },
  },
  {
    fault: "keys of a version that is not there",
    seenBy: "keys-open",
    plant: (clinic) => clinic.spoil("keys", "UPDATE node_key SET sk_version = 9"),
  },
  {
    fault: "memories that fell behind the ledger",
    seenBy: "databases-follow-the-ledger",
    also: ["sweep-runs"],
    plant(clinic) {
      clinic.clock.advance(3);
      return clinic.spoil("memory", "UPDATE applied SET ledger_index = 0");
    },
  },
  {
    fault: "a table with a copy of everybody",
    seenBy: "schema-as-made",
    plant: (clinic) => clinic.spoil("memory", "CREATE TABLE report AS SELECT * FROM body"),
  },
  {
    fault: "an index that is shared between people",
    seenBy: "schema-as-made",
    plant: (clinic) => clinic.spoil("memory", "CREATE INDEX shared ON node (category)"),
  },
  {
    fault: "health information without its label",
    seenBy: "health-is-labelled",
    plant: (clinic) => clinic.spoil("memory", "UPDATE node SET phi = 0"),
  },
  {
    fault: "a special category without its label",
    seenBy: "health-is-labelled",
    plant: (clinic) => clinic.spoil("memory", "UPDATE node SET special = 0"),
  },
  {
    fault: "memories moved to a purpose that nobody declared",
    seenBy: "purposes-are-declared",
    plant: (clinic) => clinic.spoil("memory", `UPDATE node SET purposes = '["ghost"]'`),
  },
  {
    fault: "memories whose end was taken away",
    seenBy: "every-memory-has-its-end",
    plant: (clinic) => clinic.spoil("memory", "UPDATE node SET expires_at = NULL"),
  },
  {
    fault: "expired memories that no sweep destroyed",
    seenBy: "expired-is-destroyed",
    plant: (clinic) => clinic.spoil("memory", `UPDATE node SET expires_at = ${OLD}`),
  },
  {
    fault: "a sweep that stopped",
    seenBy: "sweep-runs",
    plant: async ({ clock }) => clock.advance(10),
  },
  {
    fault: "rows ahead of their person's changes",
    seenBy: "changes-are-numbered",
    plant: (clinic) => clinic.spoil("memory", "UPDATE node SET change = 999"),
  },
  {
    fault: "an erasure that stands still",
    seenBy: "erasures-go-on",
    also: ["log-tells-the-gates"],
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        `UPDATE erasure SET stage = 'pending', started_at = ${OLD}, lease_until = ${Date.now() + DAY_MS}`,
      ),
  },
  {
    fault: "an erasure that waits for a hold that is gone",
    seenBy: "erasures-go-on",
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        `INSERT INTO erasure_queue SELECT subject_id, 'era_waiting', 'default', 'subject-request',
          '{}', ${OLD} FROM consent LIMIT 1`,
      ),
  },
  {
    fault: "a consent from the future",
    seenBy: "consents-have-their-time",
    also: ["log-tells-the-gates"],
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        `INSERT INTO consent SELECT subject_id, purpose, ${Date.now() + 9 * DAY_MS}, 999, 'con_x',
          1, 1, NULL, policy_version, mechanism, NULL FROM consent LIMIT 1`,
      ),
  },
  {
    fault: "evidence of a consent that nobody gave",
    seenBy: "consents-have-their-time",
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        `INSERT INTO consent_evidence SELECT subject_id, 'con_none', collected_at, x'00'
          FROM consent LIMIT 1`,
      ),
  },
  {
    fault: "evidence that was kept for too long",
    seenBy: "evidence-ends",
    // Nobody swept in all this time either.
    also: ["erasures-go-on", "expired-is-destroyed", "sweep-runs"],
    async plant({ oubli, clock }) {
      const ada = (await oubli.find("ada"))!;
      const consent = { policyVersion: "2026-01", mechanism: "signup", ipAddress: "192.0.2.1" };
      await ada.consent.grant({ ...consent, purpose: "analytics" });
      await ada.consent.withdraw({ ...consent, purpose: "analytics" });
      clock.advance(2600);
    },
  },
  {
    fault: "entries that were pruned before the law lets them go",
    seenBy: "log-kept-long-enough",
    async plant({ oubli }) {
      const { audit, region, clock } = worldAt(oubli);
      const actor = { kind: "system", id: word("o"), roles: [] } as const;
      const who = { tenant: word("default"), region, actor };
      for (let count = 0; count < 300; count += 1) {
        await audit.record({ t: "admin", ...who, subject: null, facts: {} });
      }
      const before = (clock.now() + DAY_MS) as EpochMs;
      await pruneAccessLogs(audit, { ...who, before, policy: word("none"), held: false });
    },
  },
  {
    fault: "a leaf of the ledger that no proof leads to",
    seenBy: "log-proves-an-entry",
    also: ["log-whole", "schema-as-made"],
    plant: (clinic) =>
      clinic.spoil(
        "audit",
        "DROP TRIGGER audit_ledger_no_update",
        "UPDATE audit_ledger SET leaf_hash = zeroblob(32) WHERE idx = 1",
      ),
  },
  {
    fault: "an epoch that is kept from its end",
    seenBy: "epochs-end",
    async plant(clinic) {
      const { audit, region } = worldAt(clinic.oubli);
      const actor = { kind: "system", id: word("o"), roles: [] } as const;
      const facts = { from: 0, to: 1, evidence: null, damaged: { rows: 1, subjects: [] } };
      await audit.record({
        ...{ t: "key.epoch", tenant: word("default"), region, actor },
        ...{ subject: null, facts },
      });
      await clinic.spoil(
        "keys",
        "INSERT INTO epoch_key SELECT region, 0, provider, 'retiring', x'00', NULL FROM epoch_key",
      );
    },
  },
  {
    fault: "an entry of another region",
    seenBy: "log-is-of-this-region",
    async plant({ oubli }) {
      const actor = { kind: "system", id: word("o"), roles: [] } as const;
      await worldAt(oubli).audit.record({
        ...{ t: "admin", tenant: word("default"), region: word("elsewhere"), actor },
        ...{ subject: null, facts: {} },
      });
    },
  },
];
