import { word, type Word } from "#kernel";

import type { Category } from "./categories.ts";
import { configError, written } from "./config-error.ts";
import type { ConfigInput, Region, RegionInput } from "./config-input.ts";
import { isWithin } from "./jurisdiction.ts";
import {
  HOST_KINDS,
  OWN_HOST,
  type Contract,
  type ContractInput,
  type HostKind,
  type Hosts,
  type Processor,
  type ProcessorInput,
} from "./processor.ts";
import { mapValues } from "./records.ts";

interface Declared {
  readonly purposes: NonNullable<ConfigInput["purposes"]>;
  readonly regions: Readonly<Record<string, Region>>;
}

/**
 * Fills in the defaults of every processor, and checks them against the rest of the configuration.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function resolveProcessors(
  input: Readonly<Record<string, ProcessorInput>>,
  declared: Declared,
): Readonly<Record<string, Processor>> {
  const processors = mapValues(input, (processor, name) =>
    resolveProcessor(name, processor, declared),
  );
  for (const [region, { hosts = {} }] of Object.entries(declared.regions)) {
    for (const [kind, host] of Object.entries(hosts)) {
      if (host !== null) checkHost({ region, kind, host }, processors);
    }
  }
  return processors;
}

function resolveProcessor(name: string, input: ProcessorInput, declared: Declared): Processor {
  const at = ["processors", name];
  if (name === OWN_HOST) throw configError(at, name, word("another name: self is no processor"));
  const { region, country, trainingPurpose, purposes } = input;
  const home = Object.hasOwn(declared.regions, region) ? declared.regions[region]! : null;
  if (home !== null && !isWithin(country, home.jurisdictions)) {
    throw configError([...at, "country"], country, home.jurisdictions);
  }
  for (const [place, purpose] of (purposes ?? []).entries()) {
    checkPurpose([...at, "purposes", place], purpose, declared);
  }
  if (trainingPurpose !== undefined) {
    checkPurpose([...at, "trainingPurpose"], trainingPurpose, declared);
    if (declared.purposes[trainingPurpose]!.basis !== "consent") {
      const wanted = word("a purpose that rests on consent");
      throw configError([...at, "trainingPurpose"], trainingPurpose, wanted);
    }
  }
  return {
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.address === undefined ? {} : { address: input.address }),
    role: input.role,
    region: region as Word,
    country: country as Word,
    dpa: resolveContract([...at, "dpa"], input.dpa),
    baa: input.baa === undefined ? null : resolveContract([...at, "baa"], input.baa),
    trainsOnData: input.trainsOnData,
    trainingPurpose: (trainingPurpose as Word | undefined) ?? null,
    retention: input.retention,
    purposes: (purposes as readonly Word[] | undefined)?.toSorted() ?? null,
    categories: (input.categories as readonly Category[] | undefined)?.toSorted() ?? null,
  };
}

function resolveContract(path: readonly string[], input: ContractInput): Contract {
  const { signed, expires, document } = input;
  if (expires !== undefined && expires <= signed) {
    throw configError([...path, "expires"], expires, word("a day after it was signed"));
  }
  return { signed, expires: expires ?? null, document: document as Word };
}

function checkPurpose(path: readonly PropertyKey[], name: string, { purposes }: Declared): void {
  if (Object.hasOwn(purposes, name)) return;
  throw configError(path, name, Object.keys(purposes).sort().map(written));
}

/** A host is infrastructure, and stands in the region whose stores it keeps. */
function checkHost(
  { region, kind, host }: { readonly region: string; readonly kind: string; readonly host: string },
  processors: Readonly<Record<string, Processor>>,
): void {
  const fit = Object.keys(processors).filter((name) => {
    const { role, region: place } = processors[name]!;
    return role === "infrastructure" && (place as string) === region;
  });
  if (fit.includes(host)) return;
  throw configError(
    ["regions", region, "hosts", kind],
    host,
    [OWN_HOST, ...fit.sort()].map(written),
  );
}

/**
 * The hosts of a region that are not the controller's own; `null` where all of them are.
 *
 * An embedded store is files of this process, and root keys in a folder are: nothing leaves the
 * process, so by itself neither needs a processor. Anything that is reached over a connection is
 * somebody's, until the configuration says whose. Where a provider's machines hold the files, the
 * configuration names it, and then it counts like any other.
 */
export function resolveHosts({ store, root, hosts: given = {} }: RegionInput): Hosts | null {
  const memory = typeof store === "string" && store.startsWith("sqlite:") ? OWN_HOST : null;
  const shared = given.memory === undefined ? memory : given.memory;
  const defaults: Readonly<Record<HostKind, string | null>> = {
    memory,
    // The three databases are beside one another, unless it is said otherwise.
    keys: shared,
    audit: shared,
    root: root === undefined || isFolder(root) ? OWN_HOST : null,
    // Backups are the operator's to make, and so to name.
    backup: OWN_HOST,
  };
  const named = HOST_KINDS.map((kind) => [kind, kind in given ? given[kind]! : defaults[kind]]);
  const others = named.filter(([, host]) => host !== OWN_HOST);
  return others.length === 0 ? null : (Object.fromEntries(others) as Hosts);
}

/** A scheme has two letters at least: `C:` is a drive. */
function isFolder(root: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:/i.test(root);
}
