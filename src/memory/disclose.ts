import type { Logged } from "#audit";
import { send } from "#egress";
import { OubliError } from "#kernel";

import { untilUnmoved } from "./admission.ts";
import { itemOf } from "./embed.ts";
import type { OpenNode } from "./node.ts";
import { openAllowed } from "./read.ts";
import { recalled, type RecalledNode } from "./recall.ts";
import { findSources, inOrder, type SourcesCall } from "./sources.ts";
import type { MemoryWorld } from "./world.ts";

export interface DiscloseCall<T> extends SourcesCall {
  /** The processor's name in the configuration. */
  readonly processor: string;
  /** Sends them. Runs once, after the log names each of them. */
  readonly send: (nodes: readonly RecalledNode[]) => T | Promise<T>;
}

/** What the processor answered, and where the log says what it got. */
export interface Disclosed<T> extends Logged {
  readonly answer: T;
}

/**
 * Gives memories to a processor, for one purpose: all of those named, or none.
 *
 * @throws {OubliError} `NOT_FOUND` when one is missing or may not be read; `LIMIT_EXCEEDED` for
 *   more than the purpose lets out at once; the gate's refusal; `SEND_FAILED`.
 * @source GDPR Art. 28(3), 44 · 45 CFR 164.502(b), 164.502(e)
 */
export async function disclose<T>(
  world: MemoryWorld,
  call: DiscloseCall<T>,
): Promise<Disclosed<T>> {
  const { answer, auditLog, auditIndex } = await discloseSources(world, call, "disclose");
  return { answer, auditLog, auditIndex };
}

/** One entry for the reading and the giving: nothing is opened for anybody else. */
export function discloseSources<T>(
  world: MemoryWorld,
  call: DiscloseCall<T>,
  verb: "disclose" | "derive",
): Promise<Disclosed<T> & { readonly nodes: readonly OpenNode[] }> {
  const { caller, session, processor, sources } = call;
  return untilUnmoved(async () => {
    const { admission, rows } = await findSources(world, call, verb);
    const { permit, known } = admission;
    if (sources.length > permit.maxNodes) {
      throw new OubliError("LIMIT_EXCEEDED", { nodes: sources.length, max: permit.maxNodes });
    }
    const opened = await openAllowed(world, admission, caller, rows);
    const nodes = inOrder(sources, opened.nodes);
    const disclosure = {
      processor,
      from: { ...caller, session },
      permits: [permit],
      facts: known.policyFacts,
      items: nodes.map(itemOf),
      expires: opened.expires,
    } as const;
    const shown = nodes.map((node) => recalled(node, 0));
    const sent = await send(world, disclosure, () => call.send(shown));
    return sent === "stale" ? "stale" : { ...sent, nodes };
  });
}
