import type { SubjectId, Word } from "#kernel";

import type { ScopeFacts } from "./incident.ts";
import { questionOf } from "./scope/from-facts.ts";
import { scopeTotals } from "./scope/scope.ts";
import type { BreachWorld } from "./world.ts";

/** Whom an incident is known to have reached: those that were named, and those that the log names. */
export interface Affected {
  /** Each once, whoever named them: as many as letters go to. */
  readonly people: number;
  /** `null`: the log was not asked. */
  readonly items: number | null;
  readonly categories: readonly Word[];
}

interface Asked {
  readonly tenant: Word;
  readonly named: readonly SubjectId[];
  readonly scope: ScopeFacts | null;
  /** Whether the scope is known to be of somebody: then nobody is an answer. */
  readonly known: boolean;
}

export async function countAffected(
  { audit }: Pick<BreachWorld, "audit">,
  { tenant, named, scope, known }: Asked,
): Promise<Affected> {
  if (scope === null) return { people: new Set(named).size, items: null, categories: [] };
  const others = new Set(named);
  const each = (subject: SubjectId) => void others.delete(subject);
  const counted = await scopeTotals(audit.store, questionOf(tenant, scope), { known, each });
  const categories = counted.categories.map(({ category }) => category);
  return { people: counted.people + others.size, items: counted.items, categories };
}
