import { refusal } from "./refusal.ts";
import { TIERS, type Tier } from "./source.ts";

/** What has a place in the order of an erasure: a source, or a table of one. */
export interface Placed {
  readonly name: string;
  readonly tier: Tier;
  readonly eraseAfter: readonly string[];
}

/**
 * Groups that are erased one behind the other: by tier, dependents first, and never before what
 * `eraseAfter` names. Those of one group may go side by side.
 *
 * @param path Where they are declared, for the error.
 * @throws {OubliError} `CONFIG_INVALID` for a name that is not among them, or a cycle.
 */
export function inOrder<Item extends Placed>(
  items: readonly Item[],
  path: readonly string[] = ["sources"],
): readonly (readonly Item[])[] {
  refuseUnknown(items, path);
  const waves: Item[][] = [];
  const done = new Set<string>();
  while (done.size < items.length) {
    const free = items.filter(
      ({ name, eraseAfter }) => !done.has(name) && eraseAfter.every((other) => done.has(other)),
    );
    if (free.length === 0) throw cycle(items, done, path);
    const first = Math.min(...free.map(({ tier }) => TIERS.indexOf(tier)));
    const wave = free.filter(({ tier }) => TIERS.indexOf(tier) === first);
    for (const { name } of wave) done.add(name);
    waves.push(wave);
  }
  return waves;
}

function refuseUnknown(items: readonly Placed[], path: readonly string[]): void {
  const names = new Set<string>();
  for (const { name } of items) {
    if (names.has(name)) throw refusal([...path, name], name, "each name only once");
    names.add(name);
  }
  for (const { name, eraseAfter } of items) {
    const missing = eraseAfter.find((other) => !names.has(other));
    if (missing === undefined) continue;
    const others = [...names].filter((other) => other !== name).sort();
    const accepted = others.join(" | ") || "nothing: there is no other";
    throw refusal([...path, name, "eraseAfter"], missing, accepted);
  }
}

/** Names one that waits for itself: whoever follows what each waits for comes round to it. */
function cycle(items: readonly Placed[], done: ReadonlySet<string>, path: readonly string[]) {
  const waiting = new Map(
    items.filter(({ name }) => !done.has(name)).map((one) => [one.name, one]),
  );
  const seen: string[] = [];
  let at = [...waiting.keys()][0]!;
  while (!seen.includes(at)) {
    seen.push(at);
    at = waiting.get(at)!.eraseAfter.find((other) => waiting.has(other))!;
  }
  const round = [...seen.slice(seen.indexOf(at)), at].join(" after ");
  return refusal([...path, at, "eraseAfter"], round, "an order without a cycle");
}
