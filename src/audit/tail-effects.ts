import type {
  BackupId,
  EpochMs,
  ErasureId,
  HoldId,
  Ids,
  NodeId,
  RestrictionId,
  Word,
} from "#kernel";

import type { BackupRow } from "./backup-row.ts";
import type { Entry } from "./entry.ts";
import type { ConsentRow, Effect, ErasureRow, HoldRow, Lease, NodeRef } from "./subject-facts.ts";

/** What the ledger does not tell, and a restore has to supply. */
export interface TailContext {
  readonly ids: Ids;
  /** Of this moment: whatever is pending is anybody's at once. */
  readonly lease: Lease;
  /** The policy of a digest, as JSON. */
  readonly policy: (digest: string) => string;
}

/**
 * The changes to what gates reads that one act of the ledger made, told from its entries: the
 * parts of one intent, or a single entry. The mirror of the ledger's story, for rows that are lost.
 *
 * Where the ledger tells less than the rows had, the answer keeps more from being read or
 * destroyed, and never less: the evidence of a consent is gone; a hold that named its nodes holds
 * whatever its category and purpose say; what a hold deferred waits again.
 */
export function effectsOf(act: readonly Entry[], context: TailContext): readonly Effect[] {
  const [entry] = act as [Entry];
  const subject = entry.subject!;
  const still: Effect = { kind: "gate", subject, pending: 0 };
  switch (entry.t) {
    case "consent.grant":
    case "consent.withdraw":
      return [consentOf(entry), still, ...afterConsent(entry, context)];
    case "restrict":
      return [restrictionOf(entry), still];
    case "restrict.lift":
      return [
        { kind: "restrict.lift", subject, id: field<RestrictionId>(entry, "restriction") },
        still,
      ];
    case "hold.place":
      return [{ kind: "hold", row: holdOf(entry) }, still];
    case "hold.release":
      return [{ kind: "hold.release", subject, id: field<HoldId>(entry, "hold") }, still];
    case "erase.intent":
    case "correct.intent":
    case "transfer.intent":
    case "transfer.expected":
      return intentOf(act, context);
    case "erase.executed":
    case "correct.executed": {
      const epoch = field<number>(entry, "epoch");
      return [{ kind: "erasure.executed", subject, id: erasureOf(entry), epoch }];
    }
    case "correct.aborted":
    case "transfer.aborted":
    case "transfer.out":
      return [{ kind: "erasure.aborted", subject, id: erasureOf(entry) }];
    case "transfer.in": {
      const waiting = field<readonly { purpose: Word; reason: Word }[]>(entry, "waiting");
      const queue = waiting.map(({ purpose, reason }) =>
        queued(entry, context.ids, reason, { purpose }),
      );
      return [{ kind: "erasure.aborted", subject, id: erasureOf(entry) }, ...queue];
    }
    case "erase.final":
      return [{ kind: "erasure.final", subject, id: erasureOf(entry) }];
    case "backup.made":
      return [{ kind: "backup.made", backup: backupOf(entry) }];
    case "backup.ended":
      return [{ kind: "backup.ended", id: field<BackupId>(entry, "backup") }];
    case "config": {
      const digest = field<Word>(entry, "digest");
      return [{ kind: "policy", digest, json: context.policy(digest) }];
    }
    default:
      return [];
  }
}

function field<Value>(entry: Entry, name: string): Value {
  return entry[name] as Value;
}

const erasureOf = (entry: Entry): ErasureId => field(entry, "erasure");

function consentOf(entry: Entry): Effect {
  const given = entry as unknown as Omit<ConsentRow, "id" | "granted" | "index">;
  const { purpose, explicit, collectedAt, validUntil, policyVersion, mechanism, language } = given;
  const row = {
    subject: entry.subject!,
    id: field<ConsentRow["id"]>(entry, "consent"),
    purpose,
    granted: entry.t === "consent.grant",
    explicit,
    collectedAt,
    validUntil,
    policyVersion,
    mechanism,
    language,
  };
  return { kind: "consent", row, evidence: null };
}

/** A withdrawal keeps, restricted, or queues an erasure, which may have been carried out since. */
function afterConsent(entry: Entry, { ids }: TailContext): readonly Effect[] {
  if (entry.t === "consent.grant") return [];
  if (entry["restriction"] !== undefined) return [restrictionOf(entry)];
  const scope = { purpose: field<Word>(entry, "purpose") };
  return [queued(entry, ids, "consent-withdrawn" as Word, scope)];
}

function restrictionOf(entry: Entry): Effect {
  const row = {
    subject: entry.subject!,
    id: field<RestrictionId>(entry, "restriction"),
    purpose: field<Word | null>(entry, "purpose"),
    ground: field<Word>(entry, "ground"),
    since: field<EpochMs>(entry, "since"),
  };
  return { kind: "restrict", row };
}

/** A hold as its entry tells it: which nodes it named is not told, so it holds more. */
export function holdOf(entry: Entry): HoldRow {
  return {
    subject: entry.subject!,
    id: field(entry, "hold"),
    case: field(entry, "case"),
    reason: field(entry, "reason"),
    nodes: null,
    category: field(entry, "category"),
    purpose: field(entry, "purpose"),
    since: field(entry, "since"),
  };
}

function intentOf(act: readonly Entry[], { ids, lease }: TailContext): readonly Effect[] {
  const [entry] = act as [Entry];
  const nodes = entry["nodes"] === null ? null : act.flatMap(plannedOf);
  const held = act.flatMap((part) => field<readonly NodeId[]>(part, "held"));
  const reason = field<Word>(entry, "reason");
  const deferred = held.length === 0 ? [] : [queued(entry, ids, reason, { nodes: held })];
  const plan = { subject: entry.subject!, id: erasureOf(entry), held };
  if (entry["extends"] !== undefined) {
    return [{ kind: "erasure.extend", ...plan, nodes: nodes ?? [] }, ...deferred];
  }
  const row: Omit<ErasureRow, "intentIndex"> = {
    ...plan,
    kind: field(entry, "kind"),
    reason,
    nodes,
    remake: [],
    tenant: entry.tenant,
    startedAt: field(entry, "startedAt"),
  };
  return [{ kind: "erasure.begin", row, lease }, ...deferred];
}

function plannedOf(entry: Entry): readonly NodeRef[] {
  const nodes = field<readonly { id: NodeId; revision: number }[]>(entry, "nodes");
  return nodes.map(({ id, revision }) => ({ node: id, revision }));
}

type QueuedScope = Extract<Effect, { kind: "queue" }>["row"]["scope"];

function queued(entry: Entry, ids: Ids, reason: Word, scope: QueuedScope): Effect {
  const { subject, tenant, ts } = entry;
  const row = { subject: subject!, id: ids.next("erasure"), tenant, reason, scope, queuedAt: ts };
  return { kind: "queue", row };
}

function backupOf(entry: Entry): BackupRow {
  return {
    id: field(entry, "backup"),
    scope: field(entry, "scope"),
    madeAt: field(entry, "madeAt"),
    endsAt: field(entry, "endsAt"),
  };
}
