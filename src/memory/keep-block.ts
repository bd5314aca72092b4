import type { Word } from "#kernel";
import { purposeOf } from "#policy";

import { admit, untilUnmoved } from "./admission.ts";
import { rememberFrom } from "./derive.ts";
import { readAllowed } from "./read.ts";
import { recall, whyOf, type RecallCall, type Why } from "./recall.ts";
import { readSources } from "./sources.ts";
import type { MemoryWorld } from "./world.ts";

export interface BlockCall extends RecallCall {
  /** Names the block within the purpose: `profile`. */
  readonly name: Word;
}

export interface KeptBlock {
  readonly context: string;
  readonly why: Why;
  /** Whether it was made now, and not kept from an earlier call. */
  readonly made: boolean;
}

/**
 * A context block that stays the same, byte for byte, until one of its memories is corrected or
 * erased: what a prompt cache needs. It is kept sealed, as a node made from its memories.
 *
 * A block is kept for the limits that it was made under. Under others, the caller's or those of a
 * policy that has changed, it is another block: none exceeds the limits it is asked for under.
 */
export async function keepBlock(world: MemoryWorld, call: BlockCall): Promise<KeptBlock> {
  const kept = await readKept(world, call);
  if (kept) return kept;
  const { nodes, context, why } = await recall(world, call);
  // What may not be shown, or does not fit, is not kept either.
  if (context !== "") {
    const made = { ...call, sources: nodes.map(({ id }) => id) };
    const sources = await readSources(world, made, "derive");
    // One that was corrected in between would be kept with its old text, as if it were the new.
    if (sources.every(({ revision }, at) => revision === nodes[at]!.revision)) {
      await rememberFrom(world, { ...made, verb: "derive", kind: "block" }, sources, {
        content: context,
        metadata: null,
        deriver: keptName(world, call),
      });
    }
  }
  return { context, why, made: true };
}

function readKept(world: MemoryWorld, call: BlockCall): Promise<KeptBlock | null> {
  const { caller, session, purpose } = call;
  const { subject } = caller;
  return untilUnmoved(async () => {
    const filter = { kinds: ["block"], purpose: purpose as Word } as const;
    const blocks = await world.store.list(subject, filter, { after: null, limit: 100 });
    const kept = blocks.find(({ deriver }) => deriver === keptName(world, call));
    if (!kept) return null;
    // Its memories are read with it: each passes the guards again, and stands in the log.
    const sources = await world.store.derivations(subject, { derived: kept.node });
    const ids = [kept.node, ...sources.map(({ source }) => source)];
    const admission = await admit(world, { verb: "recall", caller, session, purpose });
    const rows = await world.store.rows(subject, ids);
    const read = await readAllowed(world, admission, { caller, session }, rows);
    if (read === "stale") return "stale";
    const block = read.nodes.find(({ node }) => node === kept.node);
    if (!block || read.nodes.length < ids.length) return null;
    const why = whyOf(admission.permit, read, null);
    return { context: block.content, why, made: false };
  });
}

/** Names a block within its purpose by all that it was made under, but not by its question. */
function keptName({ policy }: MemoryWorld, { name, purpose, limit, tokens }: BlockCall): Word {
  const declared = purposeOf(policy, purpose);
  // Of a purpose that is not declared nothing is kept: the policy refuses it.
  if (declared === null) return name;
  const { use, maxNodes, relevanceFloor } = declared;
  return [name, use, Math.min(limit, maxNodes), relevanceFloor, tokens].join(":") as Word;
}
