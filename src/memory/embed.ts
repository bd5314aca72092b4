import { send, type DisclosedItem } from "#egress";
import type { SessionId } from "#kernel";
import { isPhi, isSpecial, type CategoryId } from "#policy";

import type { Admission } from "./admission.ts";
import type { NodeMeta } from "./node.ts";
import type { Caller, MemoryWorld } from "./world.ts";

/** Texts to embed, and what each of them is. */
export interface Embedding {
  readonly caller: Caller;
  readonly session: SessionId | null;
  /** Leave for the use, one for each of its purposes. */
  readonly admissions: readonly [Admission<EmbeddingVerb>, ...Admission<EmbeddingVerb>[]];
  readonly texts: readonly string[];
  readonly items: readonly DisclosedItem[];
}

type EmbeddingVerb = "remember" | "recall" | "derive" | "link" | "correct";

/**
 * A vector for each text; none without an embedder. An embedder elsewhere is called behind the
 * egress gate, once the log names each item.
 *
 * @returns `"stale"` when the gate moved: nothing was sent.
 */
export async function embed(
  world: MemoryWorld,
  { caller, session, admissions, texts, items }: Embedding,
): Promise<readonly Float32Array[] | "stale"> {
  const { embedder, ids } = world;
  if (!embedder || texts.length === 0) return [];
  const { processor } = embedder;
  if (processor === undefined) return embedder.embed(texts);
  const [{ permit, known }, ...others] = admissions;
  const disclosure = {
    processor,
    from: { ...caller, session: session ?? ids.next("session") },
    permits: [permit, ...others.map((admission) => admission.permit)],
    facts: known.policyFacts,
    items,
    expires: null,
  } as const;
  const sent = await send(world, disclosure, () => embedder.embed(texts));
  return sent === "stale" ? "stale" : sent.answer;
}

/** A node as an item that is given away. */
export function itemOf(
  node: Pick<NodeMeta, "node" | "revision" | "categories" | "special" | "phi">,
): DisclosedItem {
  const { node: id, revision, special, phi } = node;
  return { id, revision, categories: node.categories as readonly CategoryId[], special, phi };
}

/** A question as an item: it may hold anything that its purpose may, so it counts as all of it. */
export function questionOf(
  world: MemoryWorld,
  { permit: { categories } }: Admission<"recall">,
): DisclosedItem {
  const special = categories.some(isSpecial);
  return { id: null, revision: 0, categories, special, phi: isPhi(categories, world) };
}
