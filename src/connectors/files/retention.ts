import type { EpochMs } from "#kernel";
import type { Identity, SourceRetention } from "#sources";

import { furtherNames, valueFor } from "../template.ts";
import { destroyFile, foldersOf, removeEmpty } from "./destroy.ts";
import { guardedFiles } from "./failure.ts";
import { identities } from "./identities.ts";
import { Hostile, rootOf } from "./place.ts";
import { depthOf, type FilePlace, type FileRule } from "./rules.ts";
import { filesOf } from "./walk.ts";

/** One rule for each pattern that says how long its files are kept. */
export function retentionOf(place: FilePlace): readonly SourceRetention[] {
  return place.rules.flatMap((rule) => {
    const { retention, template } = rule;
    if (retention === null) return [];
    const { rule: name, maxAge } = retention;
    return [
      {
        rule: name,
        ...(maxAge === undefined ? {} : { maxAge }),
        spares: furtherNames([template.identifier]).length === 0,
        count: (before, signal, held = []) =>
          guardedFiles(place, signal, () => count(place, rule, { before, held, signal })),
        sweep: (before, limit, signal, held = []) =>
          guardedFiles(place, signal, () => sweep(place, rule, { before, held, signal, limit })),
      } satisfies SourceRetention,
    ];
  });
}

interface Old {
  readonly before: EpochMs;
  /** Whoever is on hold. */
  readonly held: readonly Identity[];
  readonly signal: AbortSignal;
}

/** What is refused is counted as one: a run is not done before somebody has looked at it. */
async function count(place: FilePlace, rule: FileRule, old: Old): Promise<number> {
  let found = 0;
  for await (const files of oldFiles(place, rule, old)) found += files?.length ?? 1;
  return found;
}

/**
 * A person's folder with a link in it, and a file with further names, are passed over: nobody else's
 * waits for them.
 *
 * @throws {Hostile} where nothing but those is left.
 */
async function sweep(
  place: FilePlace,
  rule: FileRule,
  { limit, ...old }: Old & { readonly limit: number },
): Promise<number> {
  const root = await rootOf(place.root);
  let swept = 0;
  let refused = 0;
  for await (const files of oldFiles(place, rule, old)) {
    if (files === null) refused += 1;
    for (const path of files ?? []) {
      if (swept === limit) return swept;
      const gone = await unlessHostile(() => destroyFile(root, path, old));
      if (gone === null) refused += 1;
      if (gone !== true) continue;
      await removeEmpty(root, foldersOf(path, depthOf(rule.template)));
      swept += 1;
    }
  }
  if (swept === 0 && refused > 0) throw new Hostile();
  return swept;
}

/**
 * Everybody's, person by person: what matches no pattern is nobody's, and is not looked at. `null`:
 * a person's are refused.
 */
async function* oldFiles(
  place: FilePlace,
  { template }: FileRule,
  { before, held, signal }: Old,
): AsyncGenerator<readonly string[] | null> {
  const root = await rootOf(place.root);
  const spared = new Set(held.map((who) => valueFor(template, who)));
  for await (const value of identities(place, template, signal)) {
    if (spared.has(value)) continue;
    yield await unlessHostile(async () => {
      const old: string[] = [];
      for await (const { path, modifiedAt } of filesOf(root, template, value)) {
        signal.throwIfAborted();
        if (Number(modifiedAt) < before) old.push(path);
      }
      return old;
    });
  }
}

async function unlessHostile<Value>(work: () => Promise<Value>): Promise<Value | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Hostile) return null;
    throw error;
  }
}
