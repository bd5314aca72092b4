import { randomIds } from "#kernel";

import type { BadCall, BadWorld } from "./bad-calls.ts";
import { NO_FIELDS } from "./bad-values.ts";

const office = ({ oubli }: BadWorld) =>
  oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] }).retention;

/** Every parameter of `oubli.retention`. */
export const BAD_RETENTION_CALLS: Readonly<Record<string, BadCall>> = {
  "retention.plan": {
    field: "options",
    call: (world, value) => office(world).plan(value),
    takes: NO_FIELDS,
  },
  "retention.plan: rules": {
    field: "options.rules",
    call: (world, value) => office(world).plan({ rules: value }),
    takes: ["undefined"],
  },
  "retention.plan: a rule": {
    field: "options.rules",
    call: (world, value) => office(world).plan({ rules: [value] }),
  },
  "retention.run": {
    field: "options",
    call: (world, value) => office(world).run(value),
    takes: NO_FIELDS,
  },
  "retention.run: rules": {
    field: "options.rules",
    call: (world, value) => office(world).run({ rules: value }),
    takes: ["undefined"],
  },
  "retention.run: onProgress": {
    field: "options.onProgress",
    call: (world, value) => office(world).run({ onProgress: value }),
    takes: ["undefined", "a function"],
  },
  "retention.confirm": {
    field: "run",
    call: (world, value) => office(world).confirm(value),
  },
  "retention.confirm: options": {
    field: "options",
    call: (world, value) => office(world).confirm(randomIds.next("case"), value),
    takes: NO_FIELDS,
    codes: ["INPUT_INVALID", "NOT_FOUND"],
  },
  "retention.runs": {
    field: "page",
    call: (world, value) => office(world).runs(value),
    takes: NO_FIELDS,
  },
  "retention.runs: limit": {
    field: "page.limit",
    call: (world, value) => office(world).runs({ limit: value }),
    takes: ["undefined"],
  },
};
