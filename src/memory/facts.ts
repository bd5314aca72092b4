import type { AuditStore, SubjectFacts } from "#audit";
import { OubliError, type SubjectId } from "#kernel";
import type { PolicyFacts } from "#policy";

/** What gates read of a subject, as the audit database and as the policy see it. */
export interface KnownFacts {
  readonly subject: SubjectId;
  readonly facts: SubjectFacts;
  readonly policyFacts: PolicyFacts;
}

export interface FactsReader {
  /** @throws {OubliError} `CONFIG_STALE` when another process made a newer configuration valid. */
  read(subject: SubjectId): Promise<KnownFacts>;
  /**
   * As they were read last, the gate not asked; `null` when they are not kept, or an act was under
   * way. For calls whose append compares the gate before anything comes of them.
   */
  last(subject: SubjectId): KnownFacts | null;
}

/** Subjects whose facts are kept. One is some hundred bytes. */
const KEPT_MAX = 10_000;

/**
 * Reads facts, and keeps them for as long as the gate stands still.
 *
 * Why it is safe: every act that changes a fact moves the gate in the same transaction. `read` asks
 * for the gate each time; whoever takes `last` has the append ask.
 */
export function createFactsReader(store: AuditStore, policySeq: number): FactsReader {
  const kept = new Map<SubjectId, KnownFacts>();

  return {
    async read(subject) {
      const gate = await store.gate(subject);
      if (gate.policySeq !== policySeq) throw new OubliError("CONFIG_STALE");
      const known = kept.get(subject);
      if (known && gate.pending === 0 && known.facts.gate.seq === gate.seq) return known;
      const fresh = asKnown(subject, await store.facts(subject));
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(subject, fresh);
      return fresh;
    },
    last(subject) {
      const known = kept.get(subject);
      return known && known.facts.gate.pending === 0 ? known : null;
    },
  };
}

function asKnown(subject: SubjectId, facts: SubjectFacts): KnownFacts {
  return {
    subject,
    facts,
    policyFacts: {
      gateSeq: facts.gate.seq,
      policySeq: facts.policySeq,
      consents: new Map(facts.consents.map((row) => [row.purpose, row])),
      restrictions: facts.restrictions,
      subjectErased: facts.erased,
    },
  };
}
