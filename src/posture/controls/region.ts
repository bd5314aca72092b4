import { tryReadEntry } from "#audit";
import { isWithin, processorOf } from "#policy";

import { CANARY_TENANT, codeOf } from "../canary.ts";
import { found, notChecked, type Control } from "../control.ts";
import { newestEntries } from "../newest-entries.ts";

const PAGE = 5000;

/** What stays in the region, and what may leave it. */
export const REGION_CONTROLS: readonly Control[] = [
  {
    control: "log-is-of-this-region",
    rows: ["A10"],
    title: "Every entry is of this region, and nothing left it without its authorisation",
    async probe(ground) {
      const { policy, region } = ground.world;
      let [entries, foreign, given, unauthorised] = [0, 0, 0, 0];
