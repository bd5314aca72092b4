import type { ExecutedErasure } from "#audit";
import { SYSTEM_ACTOR, word, type EpochMs, type Word } from "#kernel";
import type { DestructionEvidence, EpochRow, Rotation } from "#keys";
import { draft } from "#memory";

import { outstandingFacts } from "./outstanding.ts";
import type { ErasureWorld } from "./world.ts";

const PAGE = 500;

/**
 * Ends the epoch: every erasure that was shredded under it becomes final, in every copy of the key
 * database ever made; at once, or, where the root's provider keeps copies for a time, once a sweep
 * finds that their time is over.
 *
 * An erasure is final only when its subject's key was replaced or deleted after its shred, and
 * every root key that ever wrapped the old one is destroyed. The rotation did the first before it
 * could do the second, and each shred knows its epoch.
 *
 * Rows that do not open keep the epoch, and its root key: then nothing becomes final.
 *
 * @returns how many erasures became final.
 */
export async function rotate(
  world: ErasureWorld,
  options: Parameters<ErasureWorld["keyring"]["rotate"]>[0] & { readonly tenant: Word },
): Promise<{ readonly rotation: Rotation; readonly final: number }> {
  const rotation = await world.keyring.rotate(options);
  const { evidence, from, to, subjects, damaged } = rotation;
  await world.audit.record({
    t: "key.epoch",
    tenant: options.tenant,
    region: world.region,
    actor: SYSTEM_ACTOR,
    subject: null,
    facts: {
      from,
      to,
      subjects,
      damaged: { rows: damaged.rows, subjects: damaged.subjects },
      evidence: evidence && evidenceFacts(evidence),
    },
  });
  return { rotation, final: await finaliseErasures(world) };
}

/**
 * Says `final` of every erasure whose epoch nobody can bring back any more.
 *
 * @returns how many.
 */
export async function finaliseErasures(world: ErasureWorld): Promise<number> {
  const evidence = beyondReturn(await world.keyring.epochs(), world.clock.now());
  if (evidence === null) return 0;
  for (let final = 0; ;) {
    const page = await world.audit.store.executed({ epochMax: evidence.epoch, limit: PAGE });
    await Promise.all(page.map((erasure) => finalise(world, erasure, evidence)));
    final += page.length;
    if (page.length < PAGE) return final;
  }
}

/** The destruction of the newest epoch that is gone for good, with all before it. */
function beyondReturn(epochs: readonly EpochRow[], now: EpochMs): DestructionEvidence | null {
  let last: DestructionEvidence | null = null;
  for (const { evidence } of epochs.toSorted((one, other) => one.epoch - other.epoch)) {
    if (evidence === null || evidence.irreversibleAt > now) return last;
    last = evidence;
  }
  return last;
}

async function finalise(
  world: ErasureWorld,
  { subject, id, tenant, kind, executedIndex, epoch }: ExecutedErasure,
  evidence: DestructionEvidence,
): Promise<void> {
  const caller = { subject, tenant, actor: SYSTEM_ACTOR };
  const entry = draft(world, { caller, session: null }, "erase.final", {
    erasure: id,
    kind: kind as Word,
    stage: word("final"),
    executed: executedIndex,
    epoch,
    evidence: evidenceFacts(evidence),
    backups: await outstandingFacts(world),
    limitations: [limitationOf(evidence)],
  });
  await world.audit.record(entry, { effects: [{ kind: "erasure.final", subject, id }] });
}

/** What the end of a root key rests on, beyond what was looked at. */
function limitationOf({ provider }: DestructionEvidence): Word {
  // How long a Vault's snapshots last is its operator's word.
  return word(provider === "vault" ? "snapshots-end-as-declared" : "medium-may-keep-old-blocks");
}

function evidenceFacts(evidence: DestructionEvidence) {
  const { provider, epoch, destroyedAt, method, irreversibleAt } = evidence;
  return {
    provider: provider as Word,
    epoch,
    destroyedAt,
    method: method as Word,
    irreversibleAt,
  };
}
