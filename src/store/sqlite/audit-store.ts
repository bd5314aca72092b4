import type { DatabaseSync } from "node:sqlite";

import {
  LOG_NAMES,
  type Append,
  type Appended,
  type GateRows,
  type Head,
  type LogName,
  type SubjectFacts,
} from "#audit";
import type { EpochMs, SubjectId } from "#kernel";

import type { AuditDatabase } from "../audit-database.ts";
import { gateRowStatements } from "./audit-gate-rows.ts";
import { logStatements } from "./audit-log-statements.ts";
import { auditSchema } from "./audit-schema.ts";
import { applyEffects } from "./audit-effects.ts";
import { backupStatements } from "./backup-statements.ts";
import { caseStore } from "./case-statements.ts";
import { consentStatements } from "./consent-statements.ts";
import { openDatabase } from "./database.ts";
import { erasureJobStatements } from "./erasure-job-statements.ts";
import { erasureQueueStatements } from "./erasure-queue-statements.ts";
import { erasureStageStatements } from "./erasure-stage-statements.ts";
import { gateStatements } from "./gate-statements.ts";
import { ENDED_MAX, replayFenceStatements } from "./replay-fence-statements.ts";
import { tallyStore } from "./tally-statements.ts";

/**
 * The audit database in one SQLite file.
 *
 * `append` is one transaction over the heads, the leaves and what gates reads. SQLite has one
 * writer at a time, also between processes, so a head that was read in it cannot be out of date.
 */
export function openAuditStore(path: string): AuditDatabase {
  const database = openDatabase(path, auditSchema);
  const tables = tablesOf(database.sql);
  const { log, gate, consent, erasure, replays, backups, rows } = tables;

  return {
    // One writer at a time: a second access log would wait for the same lock.
    logs: LOG_NAMES,
    comparesChanges: false,
    cases: caseStore(database),
    tallies: tallyStore(database),
    gate: async (subject) => database.read(() => gate.read(subject)),
    facts: async (subject) => database.read(() => readFacts(tables, subject)),
    gateRows: async (subject) => database.read(() => readGateRows(tables, subject)),
    gateSubjects: async (page) => database.read(() => rows.subjects(page)),
    append: (batch, now) =>
      database.writeBatch(() => {
        const heads = new Map<LogName, Head>();
        const outcomes = batch.map((item) => appendOne(tables, item, { heads, now }));
        for (const [name, head] of heads) log.saveHead(name, head);
        return outcomes;
      }),
    head: async (name) => database.read(() => log.head(name)),
    entries: async (name, range) => database.read(() => log.entries(name, range)),
    lastEntry: async (name, type) => database.read(() => log.lastEntry(name, type)),
    hashes: async (name, level, from, count) =>
      database.read(() => log.hashes(name, level, from, count)),
    prune: (name, before) => database.write(() => log.prune(name, before)),
    heldSubjects: async (page) => database.read(() => gate.heldSubjects(page)),
    hasHolds: async () => database.read(() => gate.hasHolds()),
    consents: async (subject) => database.read(() => consent.all(subject)),
    consentEvidence: async (subject) => database.read(() => consent.evidence(subject)),
    endConsentEvidence: (subject, ids) => database.write(() => consent.endEvidence(subject, ids)),
    consentsWithEvidence: async (before, limit) =>
      database.read(() => consent.withEvidence(before, limit)),
    lapsedConsents: async (lapsed, page) => database.read(() => consent.lapsed(lapsed, page)),
    claimErasures: (lease, limit) => database.write(() => erasure.claim(lease, limit)),
    claimRemakes: (lease, limit) => database.write(() => erasure.claimRemakes(lease, limit)),
    settleRemakes: (subject, id, left) =>
      database.write(() => erasure.settleRemakes(subject, id, left)),
    oldestPending: async () => database.read(() => erasure.oldestPending()),
    renewLease: (subject, id, lease) => database.write(() => erasure.renew(subject, id, lease)),
    executed: async ({ epochMax, limit }) => database.read(() => erasure.executed(epochMax, limit)),
    erasure: async (subject, id) => database.read(() => erasure.get(subject, id)),
    queued: async (page) => database.read(() => erasure.queued(page)),
    dequeue: (subject, id) => database.write(() => erasure.dequeue(subject, id)),
    fenceReplays: (fences) => database.write(() => replays.put(fences)),
    replayFences: async (page) => database.read(() => replays.page(page)),
    async endReplayFences(now) {
      for (let removed = 0; ;) {
        const ended = await database.write(() => replays.end(now));
        removed += ended;
        if (ended < ENDED_MAX) return removed;
      }
    },
    outstandingBackups: async (now, limit) => database.read(() => backups.outstanding(now, limit)),
    policy: async () => database.read(() => gate.policy()),
    scrub: () => database.scrub(),
    close: () => database.close(),
  };
}

type Tables = ReturnType<typeof tablesOf>;

function tablesOf(sql: DatabaseSync) {
  return {
    log: logStatements(sql),
    gate: gateStatements(sql),
    consent: consentStatements(sql),
    replays: replayFenceStatements(sql),
    backups: backupStatements(sql),
    rows: gateRowStatements(sql),
    erasure: {
      ...erasureJobStatements(sql),
      ...erasureStageStatements(sql),
      ...erasureQueueStatements(sql),
    },
  };
}

function appendOne(
  tables: Tables,
  item: Append,
  { heads, now }: { readonly heads: Map<LogName, Head>; readonly now: EpochMs },
): Appended {
  const { gate, log } = tables;
  if (item.check && !gate.isCurrent(item.check, now)) return { status: "stale" };
  const head = heads.get(item.log) ?? log.head(item.log);
  heads.set(item.log, log.insert(item.log, head, item.entries));
  applyEffects(tables, item.effects, head.size);
  return { status: "appended", index: head.size };
}

function readFacts({ gate, consent, erasure }: Tables, subject: SubjectId): SubjectFacts {
  const { seq, pending, policySeq } = gate.read(subject);
  return {
    gate: { seq, pending },
    policySeq,
    consents: consent.latest(subject),
    restrictions: gate.restrictions(subject),
    holds: gate.holdRows(subject),
    pending: pending > 0 ? erasure.pending(subject) : [],
    erased: erasure.isErased(subject),
  };
}

function readGateRows({ log, gate, consent, rows }: Tables, subject: SubjectId): GateRows {
  const { seq, pending } = gate.read(subject);
  return {
    size: log.head("ledger").size,
    gate: { seq, pending },
    consents: consent.all(subject),
    restrictions: gate.restrictions(subject),
    holds: gate.holdRows(subject),
    erasures: rows.erasures(subject),
  };
}
