import type { KeyObject } from "node:crypto";

import { isOubliError } from "#kernel";
import { keyName } from "#keys";
import { openRow, sealBody, sealVector, type Caller, type NodeRow } from "#memory";

import type { ErasureWorld } from "./world.ts";

/** Revisions that are passed over at most. */
const SKIPPED_MAX = 8;

/**
 * A node's row under a later revision and a key of its own.
 *
 * @param content `null`: the same as before.
 * @returns `"stale"` when the old revision was destroyed since its row was read.
 */
export async function sealNext(
  world: ErasureWorld,
  caller: Caller,
  old: NodeRow,
  content: string | null,
): Promise<NodeRow | "stale"> {
  const { keyring, embedder, region, clock } = world;
  const keys = await keyring.nodeKeys(caller.subject, [old]);
  const oldKey = keys.get(keyName(old));
  if (!oldKey) return "stale";
  const body = openRow(oldKey, { ...caller, region }, old);
  const embedded = content !== null && embedder ? await embedder.embed([content]) : [];
  const vector = content === null ? body.vector : (embedded[0] ?? null);
  const { key, revision } = await mintNext(world, old);
  const place = { ...caller, region, node: old.node, revision };
  return {
    ...old,
    revision,
    updatedAt: content === null ? old.updatedAt : clock.now(),
    body: sealBody(key, place, { ...body, content: content ?? body.content }),
    embedding: vector && sealVector(key, place, vector),
  };
}

/**
 * The next revision that has no key yet. One that has belongs to a correction under way, which
 * the gate sorts out, or to one that a crash ended: its key goes with a sweep.
 */
async function mintNext(
  { keyring }: ErasureWorld,
  { subject, node, revision: old }: NodeRow,
): Promise<{ readonly key: KeyObject; readonly revision: number }> {
  for (let revision = old + 1; ; revision += 1) {
    try {
      const [key] = await keyring.mintNodeKeys(subject, [{ node, revision }]);
      return { key: key!, revision };
    } catch (error) {
      if (!isOubliError(error, "CONFLICT") || revision > old + SKIPPED_MAX) throw error;
    }
  }
}
