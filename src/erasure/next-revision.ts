import type { KeyObject } from "node:crypto";

import { isOubliError, type SessionId } from "#kernel";
import { keyName } from "#keys";
import {
  embed,
  itemOf,
  openRow,
  sealBody,
  sealVector,
  type Admission,
  type Caller,
  type NodeRow,
} from "#memory";

import type { ErasureWorld } from "./world.ts";

/** Revisions that are passed over at most. */
const SKIPPED_MAX = 8;

/** What a correction puts in a memory's place, and by whose leave. */
export interface NextContent {
  readonly content: string;
  readonly admission: Admission<"correct">;
  readonly session: SessionId | null;
}

/**
 * A node's row under a later revision and a key of its own.
 *
 * @param next `null`: the same as before.
 * @returns `"stale"` when the old revision was destroyed, or the gate moved, since its row was read.
 */
export async function sealNext(
  world: ErasureWorld,
  caller: Caller,
  old: NodeRow,
  next: NextContent | null,
): Promise<NodeRow | "stale"> {
  const { keyring, region, clock } = world;
  const keys = await keyring.nodeKeys(caller.subject, [old]);
  const oldKey = keys.get(keyName(old));
  if (!oldKey) return "stale";
  const body = openRow(oldKey, { ...caller, region }, old);
  const content = next?.content ?? null;
  const embedded = next === null ? [] : await embedNext(world, caller, old, next);
  if (embedded === "stale") return "stale";
  const vector = content === null ? body.vector : (embedded[0] ?? null);
  const minted = await mintNext(world, old);
  if (minted === "stale") return "stale";
  const { key, revision } = minted;
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
 * A person who corrects by right shares nothing: what an embedder elsewhere would have to be given
 * has no vector, and is found by its words.
 */
async function embedNext(
  world: ErasureWorld,
  caller: Caller,
  old: NodeRow,
  { content, admission, session }: NextContent,
): Promise<readonly Float32Array[] | "stale"> {
  const leaves = world.embedder?.processor !== undefined;
  if (leaves && admission.permit.kind === "right") return [];
  const items = [itemOf({ ...old, revision: old.revision + 1 })];
  return embed(world, { caller, session, admissions: [admission], texts: [content], items });
}

/**
 * The next revision that has no key yet. One that has belongs to a correction under way, which
 * the gate sorts out, or to one that a crash ended: its key goes with a sweep.
 */
async function mintNext(
  { keyring }: ErasureWorld,
  { subject, node, revision: old }: NodeRow,
): Promise<{ readonly key: KeyObject; readonly revision: number } | "stale"> {
  for (let revision = old + 1; ; revision += 1) {
    try {
      const [key] = await keyring.mintNodeKeys(subject, [{ node, revision }]);
      return { key: key!, revision };
    } catch (error) {
      // The memory was forgotten meanwhile: whoever looks again finds nothing to correct.
      if (isOubliError(error, "KEY_SHREDDED")) return "stale";
      if (!isOubliError(error, "CONFLICT") || revision > old + SKIPPED_MAX) throw error;
    }
  }
}
