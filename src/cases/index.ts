/** The office's work: requests, targets, incidents, notices and retention runs, each a case. */
export { advance, closeCase } from "./advance.ts";
export type * from "./case.ts";
export type * from "./case-store.ts";
export { openFile } from "./file.ts";
export { openCase } from "./open-case.ts";
export * from "./read.ts";
export { removeEnded } from "./remove-ended.ts";
export { type Rebuild, type Rebuilt } from "./rebuild-case.ts";
export { replayCases, type Refound, type Reread } from "./replay-cases.ts";
export { endStrayKeys } from "./stray-keys.ts";
export { caseLease, type CaseWorld } from "./world.ts";
