import { defineConfig } from "#policy";

import type { BadCall } from "./bad-calls.ts";
import { NO_FIELDS, TEXTS, type BadName } from "./bad-values.ts";

const PROCESSOR = {
  role: "processor",
  region: "us",
  country: "US",
  dpa: { signed: "2026-01-02", document: "DPA-1" },
  trainsOnData: false,
  retention: "30 days",
};

/** Every field of a configuration. Its words are the operator's own. */
export const BAD_CONFIGS: Readonly<Record<string, BadCall>> = {
  config: config((value) => value, "", NO_FIELDS),
  packs: config((packs) => ({ packs }), "packs", ["undefined"]),
  "a pack": config((pack) => ({ packs: [pack] }), "packs", []),
  regions: config((regions) => ({ regions }), "regions", ["undefined"]),
  "a region": config((eu) => ({ regions: { eu } }), "regions", []),
  jurisdictions: config(
    (jurisdictions) => ({ regions: { eu: { jurisdictions, store: "sqlite:./x" } } }),
    "regions.eu.jurisdictions",
    [],
  ),
  store: config(
    (store) => ({ regions: { eu: { jurisdictions: ["*"], store } } }),
    "regions.eu.store",
    [],
  ),
  purposes: config((purposes) => ({ purposes }), "purposes", NO_FIELDS),
  "a purpose": config((support) => ({ purposes: { support } }), "purposes.support", [
    "an empty object",
  ]),
  ...Object.fromEntries(
    Object.entries({
      basis: [],
      condition: [],
      categories: [],
      roles: [],
      retention: [],
      retentionJustification: TEXTS,
      use: [],
      maxNodes: [],
      relevanceFloor: ["true"],
      metadata: ["an empty array"],
    }).map(([key, takes]) => [
      `a purpose's ${key}`,
      config((value) => ({ purposes: { support: { [key]: value } } }), `purposes.support.${key}`, [
        "undefined",
        ...(key === "relevanceFloor" ? (["zero"] as const) : (takes as BadName[])),
      ]),
    ]),
  ),
  processors: config((processors) => ({ processors }), "processors", NO_FIELDS),
  "a processor": config((model) => ({ processors: { model } }), "processors.model", []),
  ...Object.fromEntries(
    Object.entries({
      role: [],
      region: ["a text as a code"],
      country: [],
      dpa: [],
      baa: ["undefined"],
      trainsOnData: ["true"],
      trainingPurpose: ["undefined"],
      retention: TEXTS,
      purposes: ["undefined"],
      categories: ["undefined"],
    }).map(([key, takes]) => [
      `a processor's ${key}`,
      config(
        (value) => ({ processors: { model: { ...PROCESSOR, [key]: value } } }),
        `processors.model.${key}`,
        takes as BadName[],
      ),
    ]),
  ),
  "a region's hosts": config(
    (hosts) => ({ regions: { eu: { jurisdictions: ["*"], store: "sqlite:./x", hosts } } }),
    "regions.eu.hosts",
    NO_FIELDS,
  ),
  codes: config((codes) => ({ codes }), "codes", NO_FIELDS),
  ...Object.fromEntries(
    ["reasons", "mechanisms", "notices"].map((key) => [
      `the ${key} among the codes`,
      config((value) => ({ codes: { [key]: value } }), `codes.${key}`, [
        "undefined",
        "an empty array",
        // Their shapes alone are checked: these words are the operator's own.
        ...(key === "reasons" ? [] : (["an array of texts"] as const)),
      ]),
    ]),
  ),
  retention: config((retention) => ({ retention }), "retention", NO_FIELDS),
  "a category's retention": config((health) => ({ retention: { health } }), "retention.health", []),
};

function config(
  make: (value: never) => unknown,
  field: string,
  takes: readonly BadName[],
): BadCall {
  return {
    field,
    takes,
    codes: ["CONFIG_INVALID"],
    call: (_, value) => defineConfig(make(value) as never),
  };
}
