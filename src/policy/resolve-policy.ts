import { word, type Word } from "#kernel";

import { resolveAnalytics } from "./analytics.ts";
import { configError } from "./config-error.ts";
import { resolveCodes } from "./codes.ts";
import { checkController } from "./controller.ts";
import type { ConfigInput, Region, RegionInput } from "./config-input.ts";
import { combinePacks, type Pack } from "./pack.ts";
import type { Policy, PolicyRegion } from "./policy.ts";
import { mapValues } from "./records.ts";
import { resolveHosts, resolveProcessors } from "./resolve-processors.ts";
import { resolvePurpose } from "./resolve-purpose.ts";
import { resolveTransfers } from "./standing-transfers.ts";

type PolicyInput = Pick<
  ConfigInput,
  | "purposes"
  | "retention"
  | "processors"
  | "codes"
  | "transfers"
  | "controller"
  | "law"
  | "analytics"
>;

/**
 * A policy with every default filled in, checked against the rules of its own packs.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function resolvePolicy(
  input: PolicyInput,
  packs: readonly Pack[],
  regions: Readonly<Record<string, Region>>,
): Policy {
  const { purposes = {}, retention = {}, processors, codes, transfers, controller, law } = input;
  for (const [at, { name }] of packs.entries()) {
    if (packs.findIndex((other) => other.name === name) !== at) {
      throw configError(["packs", at, "name"], name, word("each only once"));
    }
  }
  if (controller !== undefined) checkController(controller);
  const rules = combinePacks(packs);
  const registered = resolveProcessors(processors ?? {}, { purposes, regions });
  return {
    version: 1,
    packs,
    regions: mapValues(regions, legalPart),
    purposes: mapValues(purposes, (purpose, name) =>
      resolvePurpose(name, purpose, { rules, retention }),
    ),
    ...(processors === undefined ? {} : { processors: registered }),
    ...(codes === undefined ? {} : { codes: resolveCodes(codes) }),
    ...(transfers === undefined
      ? {}
      : { transfers: resolveTransfers(transfers, { rules, regions }) }),
    retention,
    ...(controller === undefined ? {} : { controller }),
    ...(law === undefined ? {} : { law }),
    ...(input.analytics === undefined ? {} : { analytics: resolveAnalytics(input.analytics) }),
  };
}

export function resolveRegion(input: RegionInput): Region {
  const { jurisdictions, store, root, accessLogs, hipaaCovered } = input;
  const hosts = resolveHosts(input);
  return {
    jurisdictions: jurisdictions.toSorted() as Word[],
    store,
    root: root ?? null,
    ...(accessLogs === undefined ? {} : { accessLogs }),
    hipaaCovered: hipaaCovered ?? false,
    ...(hosts === null ? {} : { hosts }),
  };
}

function legalPart({ jurisdictions, hipaaCovered, hosts }: Region): PolicyRegion {
  return { jurisdictions, hipaaCovered, ...(hosts === undefined ? {} : { hosts }) };
}
