import { closeCase, openCase, type CaseRow } from "#cases";
import {
  OubliError,
  pathWord,
  word,
  type Actor,
  type EpochMs,
  type ErasureId,
  type SubjectId,
  type Word,
} from "#kernel";

import { knownSources, type KnownSource } from "../known.ts";
import { inOrder } from "../order.ts";
import type { SourcesWorld } from "../world.ts";
import { graceOf } from "./grace.ts";
import {
  asFacts,
  unasked,
  type TargetsCase,
  type TargetsFile,
  type TargetState,
} from "./targets-case.ts";

/** What an erasure says of other systems. */
export interface TargetsOrder {
  /** Further names of the person by kind, such as `email`. */
  readonly identifiers: Readonly<Record<string, string>>;
  /** Sources that anonymise instead, because the law has the data kept. */
  readonly anonymise: readonly {
    readonly source: Word;
    readonly ground: Word;
    readonly keepUntil: EpochMs;
  }[];
}

export interface OpenTargets extends TargetsOrder {
  readonly tenant: Word;
  readonly actor: Actor;
  readonly subject: SubjectId;
  /** The id that the erasure will have. */
  readonly erasure: ErasureId;
  /** When another process may take it up. Default: when this one must be done with it. */
  readonly dueAt?: EpochMs;
}

/**
 * Keeps, sealed, what other systems need to find a person, before their row in the directory goes.
 *
 * Why before: from the erasure on nobody here could say whom it was about, and a system that is down
 * for days would keep them for ever. Nothing is asked of a target until the erasure is executed; one
 * that never comes to be leaves a case that ends by itself.
 *
 * @returns `null` where no other system holds people of this region, or the person has no name any
 *   more.
 * @throws {OubliError} `INPUT_INVALID` for an order that a source cannot carry out.
 */
export async function openTargets(
  world: SourcesWorld,
  { subject, tenant, actor, erasure, identifiers, anonymise, dueAt = graceOf(world) }: OpenTargets,
): Promise<TargetsCase | null> {
  const known = knownSources(world, tenant).filter(({ can }) => can.erase || can.anonymise);
  refuseSenseless(world, known, anonymise);
  if (known.length === 0) return null;
  const externalId = await world.keyring.externalIdOf(subject);
  if (externalId === null) return null;
  const targets = statesOf(known, anonymise);
  return openCase<TargetsFile>(world, {
    kind: "targets",
    tenant,
    actor,
    subject,
    state: word("planned"),
    dueAt,
    facts: asFacts({ erasure, targets }),
    file: { externalId, identifiers },
    entry: {
      t: "target.intent",
      facts: { erasure, targets: targets.map(({ target }) => target) },
    },
  });
}

/** Ends a case whose erasure never came to be. */
export async function abandonTargets(
  world: SourcesWorld,
  row: TargetsCase,
  { actor }: { readonly actor: Actor },
): Promise<CaseRow> {
  return closeCase(world, row, {
    actor,
    state: word("abandoned"),
    destroyFile: true,
    endsAt: world.clock.now(),
    entry: { t: "target.failed", facts: { error: word("abandoned") } },
  });
}

/** Every target, in the order in which they are erased. */
function statesOf(
  known: readonly KnownSource[],
  anonymise: TargetsOrder["anonymise"],
): readonly TargetState[] {
  const names = new Set(known.map(({ name }) => name));
  // What it waits for may serve another region, or only give data out.
  const among = known.map(({ name, tier, eraseAfter }) => ({
    name,
    tier,
    eraseAfter: eraseAfter.filter((other) => names.has(other)),
  }));
  return inOrder(among)
    .flat()
    .map(({ name, tier, eraseAfter }) => {
      const order = anonymise.find(({ source }) => source === name);
      return {
        ...unasked(name, tier),
        eraseAfter,
        order: order ? { ground: order.ground, keepUntil: order.keepUntil } : null,
      };
    });
}

function refuseSenseless(
  { clock }: SourcesWorld,
  known: readonly KnownSource[],
  anonymise: TargetsOrder["anonymise"],
): void {
  const able = known.filter(({ can }) => can.anonymise).map(({ name }) => name);
  for (const [at, { source, keepUntil }] of anonymise.entries()) {
    const path = ["options", "anonymise", at];
    if (!able.includes(source)) {
      const accepted = able.join(" | ") || "nothing: no source can anonymise";
      throw refusal([...path, "source"], accepted);
    }
    if (keepUntil <= clock.now()) throw refusal([...path, "keepUntil"], "later than now");
  }
}

function refusal(path: readonly PropertyKey[], accepted: string): OubliError {
  return new OubliError("INPUT_INVALID", {
    field: pathWord(path),
    accepted: accepted as Word,
  });
}
