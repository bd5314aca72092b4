import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { pruneAccessLogs } from "#audit";
import { worldOf, type Oubli } from "#engine";
import { word, type EpochMs } from "#kernel";

import type { Fault } from "./posture-fault.ts";
import type { Clinic } from "./posture-world.ts";
import { REGION } from "./region.ts";

const DAY_MS = 86_400_000;
const OLD = 1_000_000_000_000;
const FENCED = "(SELECT subject_id FROM subject_fence LIMIT 1)";

const worldAt = (oubli: Oubli) => worldOf(oubli.region(REGION));

/** Faults of rows, keys, logs and ends. */
export const ROW_FAULTS: readonly Fault[] = [
  edited(
    "an entry of the ledger was rewritten",
    ["log-whole", "schema-as-made", "log-tells-the-gates", "log-is-of-this-region"],
    "audit",
    "DROP TRIGGER audit_ledger_no_update",
    "UPDATE audit_ledger SET entry = x'7b7d' WHERE idx = 3",
  ),
  edited(
    "the bytes of an access entry were taken away",
    "log-whole",
    "audit",
    "UPDATE audit_access SET entry = NULL WHERE idx = 4",
  ),
  edited(
    "what keeps history from being changed was dropped",
    "schema-as-made",
    "audit",
    "DROP TRIGGER audit_ledger_no_delete",
  ),
  edited(
    "a withdrawn consent was put back into its row",
    ["log-tells-the-gates", "schema-as-made"],
    "audit",
    "DROP TRIGGER consent_no_update",
    "UPDATE consent SET granted = 1 - granted",
  ),
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
  edited(
    "another policy was written past the ledger",
    ["policy-in-the-ledger", "log-tells-the-gates"],
    "audit",
    "UPDATE policy_state SET digest = 'f00'",
  ),
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
  edited(
    "an embedding of no memory",
    "nothing-left-behind",
    "memory",
    "INSERT INTO embedding SELECT subject_id, 'nod_gone', 1, x'00' FROM node LIMIT 1",
  ),
  edited(
    "a source that vanished from under what was made of it",
    "nothing-left-behind",
    "memory",
    "DELETE FROM node WHERE kind = 'memory' AND categories LIKE '%health%'",
  ),
  edited(
    "a memory of an erased person was put back",
    ["nothing-of-the-erased", "nothing-left-behind"],
    "memory",
    `INSERT INTO node SELECT ${FENCED}, node_id, revision, kind, category, categories, purposes,
          special, phi, created_at, updated_at, expires_at, session_id, position, deriver, 1,
          replay_tag FROM node WHERE kind = 'memory' LIMIT 1`,
  ),
  edited(
    "the key of an erased person was put back",
    "no-key-behind-a-fence",
    "keys",
    `INSERT INTO subject_key SELECT (SELECT subject_id FROM key_fence WHERE key_id = '*'),
          tenant, version, epoch, wrapped, dirty FROM subject_key LIMIT 1`,
  ),
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
  edited(
    "keys of a version that is not there",
    "keys-open",
    "keys",
    "UPDATE node_key SET sk_version = 9",
  ),
  {
    fault: "memories that fell behind the ledger",
    seenBy: "databases-follow-the-ledger",
    also: ["sweep-runs"],
    plant(clinic) {
      clinic.clock.advance(3);
      return clinic.spoil("memory", "UPDATE applied SET ledger_index = 0");
    },
  },
  edited(
    "a table with a copy of everybody",
    "schema-as-made",
    "memory",
    "CREATE TABLE report AS SELECT * FROM body",
  ),
  edited(
    "an index that is shared between people",
    "schema-as-made",
    "memory",
    "CREATE INDEX shared ON node (category)",
  ),
  edited(
    "health information without its label",
    "health-is-labelled",
    "memory",
    "UPDATE node SET phi = 0",
  ),
  edited(
    "a special category without its label",
    "health-is-labelled",
    "memory",
    "UPDATE node SET special = 0",
  ),
  edited(
    "memories moved to a purpose that nobody declared",
    "purposes-are-declared",
    "memory",
    `UPDATE node SET purposes = '["ghost"]'`,
  ),
  edited(
    "memories whose end was taken away",
    "every-memory-has-its-end",
    "memory",
    "UPDATE node SET expires_at = NULL",
  ),
  edited(
    "expired memories that no sweep destroyed",
    "expired-is-destroyed",
    "memory",
    `UPDATE node SET expires_at = ${OLD}`,
  ),
  {
    fault: "a sweep that stopped",
    seenBy: "sweep-runs",
    plant: async ({ clock }) => clock.advance(10),
  },
  edited(
    "rows ahead of their person's changes",
    "changes-are-numbered",
    "memory",
    "UPDATE node SET change = 999",
  ),
  edited(
    "an erasure that stands still",
    ["erasures-go-on", "log-tells-the-gates"],
    "audit",
    `UPDATE erasure SET stage = 'pending', started_at = ${OLD}, lease_until = ${Date.now() + DAY_MS}`,
  ),
  edited(
    "an erasure that waits for a hold that is gone",
    "erasures-go-on",
    "audit",
    `INSERT INTO erasure_queue SELECT subject_id, 'era_waiting', 'default', 'subject-request',
          '{}', ${OLD} FROM consent LIMIT 1`,
  ),
  edited(
    "a consent from the future",
    ["consents-have-their-time", "log-tells-the-gates"],
    "audit",
    `INSERT INTO consent SELECT subject_id, purpose, ${Date.now() + 9 * DAY_MS}, 999, 'con_x',
          1, 1, NULL, policy_version, mechanism, NULL FROM consent LIMIT 1`,
  ),
  edited(
    "evidence of a consent that nobody gave",
    "consents-have-their-time",
    "audit",
    `INSERT INTO consent_evidence SELECT subject_id, 'con_none', collected_at, x'00'
          FROM consent LIMIT 1`,
  ),
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
  edited(
    "a leaf of the ledger that no proof leads to",
    ["log-proves-an-entry", "log-whole", "schema-as-made"],
    "audit",
    "DROP TRIGGER audit_ledger_no_update",
    "UPDATE audit_ledger SET leaf_hash = zeroblob(32) WHERE idx = 1",
  ),
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

/** A fault that statements make past the product. */
function edited(
  fault: string,
  seen: string | readonly [seenBy: string, ...also: string[]],
  ...edit: Parameters<Clinic["spoil"]>
): Fault {
  const [seenBy, ...also] = typeof seen === "string" ? [seen] : seen;
  return { fault, seenBy, also, plant: (clinic) => clinic.spoil(...edit) };
}
