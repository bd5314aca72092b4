import { apart, type ErasureWorld } from "#erasure";
import type { SubjectId } from "#kernel";
import { everySubject } from "#keys";
import { NODE_KINDS, type NodeMeta } from "#memory";
import { endOf } from "#policy";

import { policySeqOf, type Mark } from "./mark.ts";

const LIST_PAGE = 1000;

/**
 * Stores the ends that a changed policy has come to ask for, so that the sweep destroys in time what
 * guards withhold already. An end only comes nearer: a retention that is lengthened again does not
 * give back what a sweep has seen, as it is for memories that were told under the shorter one.
 *
 * Cost: reads every node's readable part once after a change of the policy, and nothing otherwise.
 *
 * @returns the mark by now, and how many ends moved.
 * @source GDPR Art. 5(1)(e)
 */
export async function reckonAnew(
  world: ErasureWorld,
  mark: Mark,
  failed: Set<SubjectId>,
): Promise<{ readonly mark: Mark; readonly shortened: number }> {
  const seq = await policySeqOf(world);
  // A process with an older policy leaves it to one that knows the new.
  if (seq === null || seq === mark.reckoned) return { mark, shortened: 0 };
  const damaged = new Set<SubjectId>();
  let shortened = 0;
  for await (const subject of everySubject(world)) {
    await apart(damaged, subject, async () => {
      shortened += await reckon(world, subject);
    });
  }
  for (const subject of damaged) failed.add(subject);
  // Who could not be read is tried again by the next sweep.
  return { mark: damaged.size === 0 ? { ...mark, reckoned: seq } : mark, shortened };
}

async function reckon({ store, policy }: ErasureWorld, subject: SubjectId): Promise<number> {
  let moved = 0;
  for (let after: NodeMeta | null = null; ;) {
    const page: readonly NodeMeta[] = await store.list(
      subject,
      { kinds: NODE_KINDS },
      { after, limit: LIST_PAGE },
    );
    const sooner = page.flatMap((meta) => {
      const end = endOf(meta, policy);
      return end === null || end === meta.expiresAt ? [] : [{ node: meta.node, expiresAt: end }];
    });
    if (sooner.length > 0) moved += await store.endSooner(subject, sooner);
    after = page.at(-1) ?? null;
    if (page.length < LIST_PAGE) return moved;
  }
}
