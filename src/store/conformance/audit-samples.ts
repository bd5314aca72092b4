import {
  sealEntry,
  type Append,
  type Draft,
  type Effect,
  type QueuedErasure,
  type SealedEntry,
} from "#audit";
import { randomIds, word, type EpochMs, type SubjectId, type Word } from "#kernel";

export const NOW = 1_800_000_000_000 as EpochMs;
const clock = { now: () => NOW };
export const ada = randomIds.next("subject");
export const ben = randomIds.next("subject");
export const lease = { holder: randomIds.next("lease"), now: NOW, until: (NOW + 1000) as EpochMs };

export function entry(subject: SubjectId | null = ada, t: Draft["t"] = "retrieve"): SealedEntry {
  const actor = { kind: "app", id: word("app"), roles: [] } as const;
  const place = { tenant: word("acme"), region: word("eu") };
  return sealEntry({ t, ...place, actor, subject, facts: {} }, { clock, ids: randomIds });
}

export function item(effects: readonly Effect[] = [], check: Append["check"] = null): Append {
  return { log: "ledger", entries: [entry(ada, "restrict")], check, effects };
}

export const read = (subject: SubjectId = ada): Append => ({
  log: "access",
  entries: [entry(subject)],
  check: null,
  effects: [],
});

export const checkAt = (
  seq: number,
  policySeq = 0,
  notAfter: EpochMs | null = null,
): Append["check"] => ({
  subject: ada,
  seq,
  policySeq,
  notAfter,
});

/** A lease of another process, for a second from `now`. */
export const other = (now: number) => ({
  holder: randomIds.next("lease"),
  now: now as EpochMs,
  until: (now + 1000) as EpochMs,
});

export const bump: Effect = { kind: "gate", subject: ada, pending: 0 };

export function erasure(
  nodes: readonly string[] | null = null,
): Effect & { kind: "erasure.begin" } {
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

export const waiting = (subject: SubjectId): QueuedErasure => ({
  subject,
  id: randomIds.next("erasure"),
  tenant: word("acme"),
  reason: word("asked"),
  scope: { subject: true },
  queuedAt: NOW,
});

export const consent = (
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
