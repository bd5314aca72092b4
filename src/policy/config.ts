import { createHash } from "node:crypto";

import { canonicalBytes, canonicalJson, word, type Json, type Word } from "#kernel";

import { configError } from "./config-error.ts";
import type { ConfigInput, OubliConfig, Region, RegionInput } from "./config-input.ts";
import { parseConfig } from "./config-schema.ts";
import { combinePacks } from "./pack.ts";
import { gdpr } from "./packs/gdpr.ts";
import type { Policy, PolicyRegion } from "./policy.ts";
import type { PurposeInput } from "./purpose.ts";
import { resolvePurpose } from "./resolve-purpose.ts";
import { STANDARD_PURPOSES } from "./standard-purposes.ts";

const DEFAULT_REGIONS: Readonly<Record<string, RegionInput>> = {
  default: { jurisdictions: ["*"], store: "sqlite:./oubli-data" },
};

/**
 * Checks a configuration and fills in its defaults: one region in `./oubli-data`, the `gdpr` pack,
 * the standard purposes.
 *
 * @throws {OubliError} `CONFIG_INVALID` with the field, what was given and what is accepted.
 */
export function defineConfig(input: ConfigInput = {}): OubliConfig {
  const given = parseConfig(input);
  const regions = given.regions ?? DEFAULT_REGIONS;
  const names = Object.keys(regions);
  if (names.length !== 1) {
    throw configError(["regions"], names.length, word("exactly one region in this version"));
  }
  const resolved = mapValues(regions, resolveRegion);
  const purposes = { ...STANDARD_PURPOSES, ...given.purposes };
  return deepFreeze({ policy: resolvePolicy({ ...given, purposes }, resolved), regions: resolved });
}

/**
 * A policy from the JSON that {@link policyJson} wrote, checked as if it were new.
 *
 * @throws {OubliError} `CONFIG_INVALID`, also when it is not exactly what would be written today.
 */
export function policyFromJson(text: string): Policy {
  const { version, packs, regions, purposes, retention } = parsedObject(text);
  const given = parseConfig({
    packs,
    retention,
    purposes: mapValues(asRecord(purposes), withoutNulls),
    regions: mapValues(asRecord(regions), (region) => ({ ...asRecord(region), store: "sqlite:." })),
  });
  const policy = resolvePolicy(given, mapValues(given.regions ?? {}, resolveRegion));
  if (version !== 1 || policyJson(policy) !== text) {
    throw configError(["policy"], text, word("the canonical JSON of a resolved policy"));
  }
  return deepFreeze(policy);
}

/** The one text of a policy: canonical JSON, without file paths. @source RFC 8785 */
export function policyJson(policy: Policy): string {
  return canonicalJson(policy as unknown as Json);
}

/** SHA-256 of {@link policyJson} in hexadecimal. Moving a folder does not change it. */
export function configDigest(config: OubliConfig): Word {
  return policyDigest(config.policy);
}

export function policyDigest(policy: Policy): Word {
  let digest = digests.get(policy);
  if (digest === undefined) {
    const bytes = canonicalBytes(policy as unknown as Json);
    digest = createHash("sha256").update(bytes).digest("hex") as Word;
    digests.set(policy, digest);
  }
  return digest;
}

const digests = new WeakMap<Policy, Word>();

function resolvePolicy(given: ConfigInput, regions: Readonly<Record<string, Region>>): Policy {
  const packs = given.packs ?? [gdpr()];
  const repeated = packs.findIndex((pack, at) => packs.slice(0, at).some(sameName(pack.name)));
  if (repeated !== -1) {
    throw configError(["packs", repeated, "name"], packs[repeated]!.name, word("each only once"));
  }
  const retention = given.retention ?? {};
  const rules = combinePacks(packs);
  return {
    version: 1,
    packs,
    regions: mapValues(regions, legalPart),
    purposes: mapValues(given.purposes ?? {}, (purpose: PurposeInput, name) =>
      resolvePurpose(name, purpose, { rules, retention }),
    ),
    retention,
  };
}

function sameName(name: string) {
  return (other: { readonly name: string }) => other.name === name;
}

function resolveRegion({ jurisdictions, store, root, hipaaCovered }: RegionInput): Region {
  return {
    jurisdictions: jurisdictions.toSorted() as Word[],
    store,
    root: root ?? null,
    hipaaCovered: hipaaCovered ?? false,
  };
}

function legalPart({ jurisdictions, hipaaCovered }: Region): PolicyRegion {
  return { jurisdictions, hipaaCovered };
}

function parsedObject(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    throw configError(["policy"], text, word("the canonical JSON of a resolved policy"));
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function withoutNulls(value: unknown): unknown {
  return Object.fromEntries(
    Object.entries(asRecord(value)).filter(([, member]) => member !== null),
  );
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, key: string) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
