import type { Embedder, PlacedDeriver } from "#memory";
import type { Policy } from "#policy";

import { wordError } from "./input/index.ts";

/**
 * Refuses an embedder or a deriver that would ask a processor which the policy does not have. The
 * gate would refuse each call of it; this says so at once.
 *
 * @throws {OubliError} `INPUT_INVALID`
 */
export function refuseUnregistered(
  { processors = {} }: Policy,
  {
    embedder,
    derivers,
  }: {
    readonly embedder: Embedder | null;
    readonly derivers: ReadonlyMap<string, PlacedDeriver>;
  },
): void {
  const names = Object.keys(processors).sort();
  const refuse = (path: readonly string[], processor: string | null | undefined): void => {
    if (processor === null || processor === undefined || names.includes(processor)) return;
    const registered = names.join(" | ") || "a registered processor: there is none";
    throw wordError(["options", ...path, "processor"], processor, registered);
  };
  refuse(["embedder"], embedder?.processor);
  for (const [name, { processor }] of derivers) refuse(["derivers", name], processor);
}
