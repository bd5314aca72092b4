import { word } from "#kernel";

import { configError } from "./config-error.ts";
import { parseConfig } from "./config-schema.ts";
import { house } from "./packs/house.ts";
import { policyJson } from "./policy-digest.ts";
import type { Policy } from "./policy.ts";
import { deepFreeze, mapValues } from "./records.ts";
import { resolvePolicy, resolveRegion } from "./resolve-policy.ts";

/**
 * A policy from the JSON that `policyJson` wrote, checked as if it were new. It keeps the packs it
 * was written with, Oubli's own too, so that an old decision can be replayed as it was made.
 *
 * @throws {OubliError} `CONFIG_INVALID`, also for a text that differs from what `policyJson`
 *   writes: a default left out, another order of keys.
 */
export function policyFromJson(text: string): Policy {
  const { packs, regions, purposes, retention } = parsed(text);
  const given = parseConfig({
    packs,
    retention,
    purposes: mapValues(asRecord(purposes), withoutNulls),
    regions: mapValues(asRecord(regions), (region) => ({ ...asRecord(region), store: "sqlite:." })),
  });
  const known = given.packs ?? [];
  const policy = resolvePolicy(given, known, mapValues(given.regions ?? {}, resolveRegion));
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
function withoutNulls(value: unknown): unknown {
  return Object.fromEntries(
    Object.entries(asRecord(value)).filter(([, member]) => member !== null),
  );
}
