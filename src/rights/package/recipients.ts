import { disclosures, type DisclosureRecord } from "#egress";
import type { NodeId } from "#kernel";

import type { PackageWorld } from "./given-person.ts";

/** Who was given each memory. */
export interface Recipients {
  of(node: NodeId): readonly string[];
}

const PAGE = 500;

/** What of a person's was given to whom, oldest first, a page at a time. */
export async function* disclosed(
  { audit }: PackageWorld,
  subject: Parameters<typeof disclosures>[1],
): AsyncGenerator<readonly DisclosureRecord[]> {
  for (let from: number | null = 0; from !== null;) {
    const page: Awaited<ReturnType<typeof disclosures>> = await disclosures(audit.store, subject, {
      from,
      limit: PAGE,
    });
    yield page.records;
    from = page.next;
  }
}

/**
 * Reads every disclosure once. Of each memory a number is kept: sets of recipients are few, and
 * memories many.
 *
 * @source GDPR Art. 15(1)(c), CJEU C-154/21 (the recipients themselves, not their kinds)
 */
export async function recipientsOf(
  world: PackageWorld,
  subject: Parameters<typeof disclosures>[1],
): Promise<Recipients> {
  const sets: string[][] = [[]];
  const numbers = new Map<string, number>([["", 0]]);
  const given = new Map<NodeId, number>();
  const numberOf = (names: string[]): number => {
    const key = names.join(" ");
    const number = numbers.get(key) ?? sets.push(names) - 1;
    numbers.set(key, number);
    return number;
  };
  for await (const page of disclosed(world, subject)) {
    for (const { processor, nodes } of page) {
      for (const { id } of nodes) {
        const known = sets[given.get(id) ?? 0]!;
        if (!known.includes(processor)) given.set(id, numberOf([...known, processor].sort()));
      }
    }
  }
  return { of: (node) => sets[given.get(node) ?? 0]! };
}
