import type { Control } from "../control.ts";
import { CASE_CONTROLS } from "./cases.ts";
import { ELSEWHERE_CONTROLS } from "./elsewhere.ts";
import { ENDING_CONTROLS } from "./ending.ts";
import { KEY_CONTROLS } from "./keys.ts";
import { LABEL_CONTROLS } from "./labels.ts";
import { LIVING_CONTROLS } from "./living.ts";
import { LOG_CONTROLS } from "./log.ts";
import { OFFICE_CONTROLS } from "./office.ts";
import { PLACE_CONTROLS } from "./place.ts";
import { REGION_CONTROLS } from "./region.ts";
import { RIGHTS_CONTROLS } from "./rights.ts";
import { RULE_CONTROLS } from "./rules.ts";
import { TABLE_CONTROLS } from "./tables.ts";
import { VENDOR_CONTROLS } from "./vendors.ts";

/** What only reads. */
export const READING_CONTROLS: readonly Control[] = [
  ...PLACE_CONTROLS,
  ...LOG_CONTROLS,
  ...TABLE_CONTROLS,
  ...KEY_CONTROLS,
  ...LABEL_CONTROLS,
  ...VENDOR_CONTROLS,
  ...REGION_CONTROLS,
  ...RULE_CONTROLS,
  ...OFFICE_CONTROLS,
  ...CASE_CONTROLS,
  ...ELSEWHERE_CONTROLS,
];

/** Every control, in the order of its check: what is seen of a canary's end comes last. */
export const CONTROLS: readonly Control[] = [
  ...READING_CONTROLS,
  ...LIVING_CONTROLS,
  ...RIGHTS_CONTROLS,
  ...ENDING_CONTROLS,
];
