import { defineConfig } from "#policy";

import type { BadCall } from "./bad-calls.ts";
import { NO_FIELDS, TEXTS, type BadName } from "./bad-values.ts";

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
