/** Every promise of the product as a check on a live installation. */
export type { Canary } from "./canary.ts";
export { run, type Control, type Finding, type State } from "./control.ts";
export { CONTROLS, READING_CONTROLS } from "./controls/index.ts";
export { groundOf, type Ground, type PostureRegion } from "./ground.ts";
export { factsText, postureHtml } from "./posture-html.ts";
export { REQUIREMENTS, ROW_IDS, type RowId } from "./requirements.ts";
export { checkControls, runPosture, type LoggedPosture, type Posture } from "./run-posture.ts";
