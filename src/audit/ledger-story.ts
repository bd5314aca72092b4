import { createHash } from "node:crypto";

import { canonicalBytes, type NodeId, type Word } from "#kernel";

import type { GateRows } from "./audit-store.ts";
import type { Entry } from "./entry.ts";
import type { ErasureStage } from "./subject-facts.ts";

/** What gates read of one subject, one thing to a name, in words that compare. */
export type ThingKind = "gate" | "consent" | "restriction" | "hold" | "erasure";

export interface Thing {
  readonly kind: ThingKind;
  readonly name: string;
  readonly text: string;
}

/** A thing as the ledger tells it, with the index of the entry that told it last. */
export interface ToldThing extends Thing {
  readonly index: number;
}

/** Which nodes a hold names, however many, in one entry. They are random: nothing is confirmed. */
export function nodesDigest(nodes: readonly NodeId[] | null): Word | null {
  if (nodes === null) return null;
  const digest = createHash("sha256").update(canonicalBytes(nodes)).digest("base64url");
  return digest as string as Word;
}

/** The rows as they stand. */
export function* thingsOf(rows: GateRows): Generator<Thing> {
  const { seq, pending } = rows.gate;
  yield thing("gate", "", [seq, pending]);
  for (const row of rows.consents) yield thing("consent", row.id, consentFields(row));
  for (const { id, purpose, ground, since } of rows.restrictions) {
    yield thing("restriction", id, [purpose, ground, since]);
  }
  for (const { id, case: code, reason, nodes, category, purpose, since } of rows.holds) {
    yield thing("hold", id, [code, reason, nodesDigest(nodes), category, purpose, since]);
  }
  for (const row of rows.erasures) {
    const nodes = row.nodes && row.nodes.map(nameOf);
    yield thing("erasure", row.id, erasureFields({ ...row, nodes }));
  }
}

/**
 * The rows as they have to be: what one subject's ledger entries, told in their order, come to.
 * The mirror of the effects that are applied with them.
 */
export class LedgerStory {
  #seq = 0;
  #pending = 0;
  #moved = 0;
  readonly #rows = new Map<string, ToldThing>();
  readonly #erasures = new Map<string, ToldErasure>();

  tell(entry: Entry, index: number): void {
    switch (entry.t) {
      case "consent.grant":
      case "consent.withdraw":
        this.#put(index, thing("consent", idOf(entry, "consent"), toldConsent(entry, index)));
        if (entry["restriction"] !== undefined) this.#restrict(entry, index);
        return this.#move(0, index);
      case "restrict":
        this.#restrict(entry, index);
        return this.#move(0, index);
      case "restrict.lift":
        this.#rows.delete(key("restriction", idOf(entry, "restriction")));
        return this.#move(0, index);
      case "hold.place":
        this.#put(index, thing("hold", idOf(entry, "hold"), toldHold(entry)));
        return this.#move(0, index);
      case "hold.release":
        this.#rows.delete(key("hold", idOf(entry, "hold")));
        return this.#move(0, index);
      case "erase.intent":
      case "correct.intent":
      case "transfer.intent":
      case "transfer.expected":
        return this.#intend(entry, index);
      case "erase.executed":
      case "correct.executed":
        return this.#execute(entry, index);
      case "correct.aborted":
      case "transfer.aborted":
      // Both end an act that has destroyed nothing: the erasure of who left has its own entries.
      case "transfer.in":
      case "transfer.out":
        return this.#abort(entry, index);
      case "erase.final":
        return this.#finalise(entry, index);
      default:
    }
  }

  *things(): Generator<ToldThing> {
    yield { ...thing("gate", "", [this.#seq, this.#pending]), index: this.#moved };
    yield* this.#rows.values();
    for (const [id, { index, ...row }] of this.#erasures) {
      yield { ...thing("erasure", id, erasureFields(row)), index };
    }
  }

  #move(pending: -1 | 0 | 1, index: number): void {
    this.#seq += 1;
    this.#pending += pending;
    this.#moved = index;
  }

  #put(index: number, row: Thing): void {
    this.#rows.set(key(row.kind, row.name), { ...row, index });
  }

  #restrict(entry: Entry, index: number): void {
    const { purpose, ground, since } = entry;
    this.#put(index, thing("restriction", idOf(entry, "restriction"), [purpose, ground, since]));
  }

  /** A further entry of an act that is known continues its plan: one of its parts, or more nodes. */
  #intend(entry: Entry, index: number): void {
    const id = idOf(entry, "erasure");
    const nodes = entry["nodes"] === null ? null : listOf(entry["nodes"]).map(nameOf);
    const held = listOf(entry["held"]);
    const known = this.#erasures.get(id);
    if (entry["part"] === 0) this.#move(known ? 0 : 1, index);
    if (known?.stage === "pending") {
      known.held.push(...held);
      known.nodes?.push(...(nodes ?? []));
      known.index = index;
    } else if (!known) {
      const { kind, reason } = entry;
      this.#erasures.set(id, {
        tenant: entry.tenant,
        kind,
        reason,
        stage: "pending",
        nodes,
        held: [...held],
        startedAt: entry["startedAt"],
        intentIndex: index,
        executedIndex: null,
        finalIndex: null,
        epoch: null,
        index,
      });
    }
  }

  /** The second `executed` of one act changes nothing; one that was aborted is pending no more. */
  #execute(entry: Entry, index: number): void {
    const erasure = this.#erasures.get(idOf(entry, "erasure"));
    if (erasure?.stage !== "pending" && erasure?.stage !== "aborted") return;
    this.#move(erasure.stage === "pending" ? -1 : 0, index);
    const epoch = entry["epoch"] as number;
    Object.assign(erasure, { stage: "executed", executedIndex: index, epoch, index });
  }

  #abort(entry: Entry, index: number): void {
    const erasure = this.#erasures.get(idOf(entry, "erasure"));
    if (erasure?.stage !== "pending") return;
    this.#move(-1, index);
    Object.assign(erasure, { stage: "aborted", index });
  }

  #finalise(entry: Entry, index: number): void {
    const erasure = this.#erasures.get(idOf(entry, "erasure"));
    if (erasure?.stage !== "executed") return;
    Object.assign(erasure, { stage: "final", finalIndex: index, index });
  }
}

interface ErasureFields {
  readonly tenant: unknown;
  readonly kind: unknown;
  readonly reason: unknown;
  readonly stage: ErasureStage;
  /** By {@link nameOf}. */
  readonly nodes: readonly unknown[] | null;
  readonly held: readonly unknown[];
  readonly startedAt: unknown;
  readonly intentIndex: number;
  readonly executedIndex: number | null;
  readonly finalIndex: number | null;
  readonly epoch: number | null;
}

interface ToldErasure extends ErasureFields {
  readonly nodes: unknown[] | null;
  readonly held: unknown[];
  index: number;
}

/** The plan gates only while the act is pending; then the row may let go of it. */
function erasureFields(row: ErasureFields): unknown[] {
  const { tenant, kind, reason, stage, nodes, held, startedAt } = row;
  const { intentIndex, executedIndex, finalIndex, epoch } = row;
  const plan = stage === "pending" ? nodes : null;
  const places = [intentIndex, executedIndex, finalIndex, epoch];
  return [tenant, kind, reason, stage, plan, held, startedAt, ...places];
}

function toldConsent(entry: Entry, index: number): unknown[] {
  const granted = entry.t === "consent.grant";
  return consentFields({ ...(entry as unknown as ConsentFields), granted, index });
}

type ConsentFields = Omit<GateRows["consents"][number], "subject" | "id">;

function consentFields(row: ConsentFields): unknown[] {
  const { purpose, granted, explicit, collectedAt, validUntil } = row;
  const { policyVersion, mechanism, language, index } = row;
  const given = [purpose, granted, explicit, collectedAt, validUntil];
  return [...given, policyVersion, mechanism, language, index];
}

function toldHold(entry: Entry): unknown[] {
  const { reason, nodesDigest: digest, category, purpose, since } = entry;
  return [entry["case"], reason, digest, category, purpose, since];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? [...(value as readonly unknown[])] : [];
}

/** One revision of a node, as the ledger and the rows each write it. */
function nameOf(ref: unknown): string {
  const { id, node, revision } = (ref ?? {}) as Readonly<Record<string, unknown>>;
  return `${String(id ?? node)}@${String(revision)}`;
}

function idOf(entry: Entry, field: string): string {
  return String(entry[field]);
}

function thing(kind: ThingKind, name: string, fields: readonly unknown[]): Thing {
  return { kind, name, text: JSON.stringify(fields) };
}

export function key(kind: ThingKind, name: string): string {
  return `${kind}/${name}`;
}
