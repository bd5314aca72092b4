import { word } from "#kernel";

import { analyticsInput } from "./analytics.ts";
import { configError } from "./config-error.ts";
import { parseConfig } from "./config-schema.ts";
import { house } from "./packs/house.ts";
import { policyJson } from "./policy-digest.ts";
import type { Policy } from "./policy.ts";
import { HOST_KINDS, OWN_HOST } from "./processor.ts";
import { deepFreeze, mapValues } from "./records.ts";
import { resolvePolicy, resolveRegion } from "./resolve-policy.ts";
import { storedSources, withSources } from "./source-facts.ts";

/**
 * A policy from the JSON that `policyJson` wrote, checked as if it were new. It keeps the packs it
 * was written with, Oubli's own too, so that an old decision can be replayed as it was made.
 *
 * @throws {OubliError} `CONFIG_INVALID`, also for a text that differs from what `policyJson`
 *   writes: a default left out, another order of keys.
 */
export function policyFromJson(text: string): Policy {
  const stored = parsed(text);
  const { packs, regions, purposes, processors, codes, transfers, retention } = stored;
  const { controller, law, sources, analytics } = stored;
  const given = parseConfig({
    packs,
    retention,
    ...(controller === undefined ? {} : { controller }),
    ...(law === undefined ? {} : { law }),
    ...(analytics === undefined ? {} : { analytics: analyticsInput(asRecord(analytics)) }),
    ...(codes === undefined ? {} : { codes }),
    ...(Array.isArray(transfers) ? { transfers: transfers.map(withoutNulls) } : {}),
    purposes: mapValues(asRecord(purposes), withoutNulls),
    ...(processors === undefined ? {} : { processors: mapValues(asRecord(processors), said) }),
    regions: mapValues(asRecord(regions), placed),
  });
  const known = given.packs ?? [];
  const ruled = resolvePolicy(given, known, mapValues(given.regions ?? {}, resolveRegion));
  const policy = sources === undefined ? ruled : withSources(ruled, storedSources(sources));
  if (known[0]?.name !== house().name || policyJson(policy) !== text) {
    throw notCanonical(text);
  }
  return deepFreeze(policy);
}

function parsed(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    throw notCanonical(text);
  }
}

function notCanonical(text: string) {
  return configError(["policy"], text, word("the canonical JSON of a resolved policy"));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The input that resolves to this purpose: a resolved one says `null` where the input is silent. */
function withoutNulls(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asRecord(value)).filter(([, member]) => member !== null),
  );
}

/** A resolved region leaves out the hosts that are its controller's own. */
function placed(region: unknown): unknown {
  const { hosts, ...rest } = asRecord(region);
  const own = Object.fromEntries(HOST_KINDS.map((kind) => [kind, OWN_HOST]));
  const named = hosts === undefined ? {} : { hosts: { ...own, ...asRecord(hosts) } };
  return { ...rest, ...named, store: "sqlite:." };
}

function said(processor: unknown): unknown {
  const { dpa, baa, ...rest } = withoutNulls(processor);
  return {
    ...rest,
    dpa: withoutNulls(dpa),
    ...(baa === undefined ? {} : { baa: withoutNulls(baa) }),
  };
}
