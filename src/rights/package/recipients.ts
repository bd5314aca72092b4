import { allDisclosures } from "#egress";
import type { NodeId, SubjectId } from "#kernel";

import type { PackageWorld } from "./given-person.ts";

/** Who was given each memory. */
export interface Recipients {
  of(node: NodeId): readonly string[];
}

/**
 * Reads every disclosure once. Of each memory a number is kept: sets of recipients are few, and
 * memories many.
 *
 * @source GDPR Art. 15(1)(c), CJEU C-154/21 (the recipients themselves, not their kinds)
 */
export async function recipientsOf(
  { audit }: PackageWorld,
  subject: SubjectId,
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
  for await (const page of allDisclosures(audit.store, subject)) {
    for (const { processor, nodes } of page) {
      for (const { id } of nodes) {
        const known = sets[given.get(id) ?? 0]!;
        if (!known.includes(processor)) given.set(id, numberOf([...known, processor].sort()));
      }
    }
  }
  return { of: (node) => sets[given.get(node) ?? 0]! };
}
