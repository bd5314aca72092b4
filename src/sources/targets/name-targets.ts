import { advance, loadCase } from "#cases";
import { OubliError, type Actor, type CaseId, type Word } from "#kernel";

import type { SourcesWorld } from "../world.ts";
import { identityOf, isConfirmed } from "./run-targets.ts";
import { asFacts, factsIn, type TargetsFile } from "./targets-case.ts";

export interface Naming {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly id: CaseId;
  /** Further names of the person by kind; an empty text: they have none. */
  readonly identifiers: Readonly<Record<string, string>>;
}

/**
 * Gives an open erasure names of the person that it was begun without. What failed for want of them
 * is due at once.
 *
 * @throws {OubliError} `NOT_FOUND` where there is none; `CONFLICT` while it is worked on.
 */
export async function nameTargets(
  world: SourcesWorld,
  { tenant, actor, id, identifiers }: Naming,
): Promise<void> {
  const row = await loadCase<TargetsFile>(world, { tenant, kind: "targets", id });
  const { file } = row;
  if (identityOf(row) === null || file === null) throw new OubliError("NOT_FOUND");
  const facts = factsIn(row);
  const targets = facts.targets.map((one) => (isConfirmed(one) ? one : { ...one, again: null }));
  const open = targets.filter((one) => !isConfirmed(one)).map(({ target }) => target);
  await advance(world, row, {
    actor,
    dueAt: world.clock.now(),
    facts: asFacts({ ...facts, targets }),
    file: { ...file, identifiers: { ...file.identifiers, ...identifiers } },
    entry: {
      t: "target.intent",
      facts: { erasure: facts.erasure, targets: open, named: Object.keys(identifiers).length },
    },
  });
}
