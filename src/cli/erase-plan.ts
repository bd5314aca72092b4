import type { ErasePlan } from "#erasure";

import { count, day, memories } from "./table.ts";

/**
 * What an erasure would do, and what it would stop at.
 *
 * @param named Kinds of names that it is given.
 */
export function erasePlanText(
  { nodes, derived, held, targets, needs = [], blocks = [] }: ErasePlan,
  named: readonly string[],
): readonly string[] {
  return [
    `Would erase ${memories(nodes)} and ${count(derived, "thing")} made from them.`,
    ...(targets ? [`Then in ${targets.join(", ")}.`] : []),
    ...needs
      .filter(({ identifier }) => !named.includes(identifier))
      .map(({ source, identifier }) => `${source} needs --identifier ${identifier}=…`),
    ...blocks.map(
      ({ check, code, ground, until }) =>
        `${check} stands in the way: ${code}, ${ground}` +
        `${until === null ? "" : `, until ${day(until)}`}.`,
    ),
    ...(held > 0 ? [`A hold would keep ${count(held, "of them", "of them")}.`] : []),
  ];
}
