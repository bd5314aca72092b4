/** Every promise of the product as a check on a live installation. */
export type { Control, Finding, State } from "./control.ts";
export { CONTROLS, READING_CONTROLS } from "./controls/index.ts";
export type { PostureRegion } from "./ground.ts";
export { factsText, postureHtml } from "./posture-html.ts";
export { REQUIREMENTS, ROW_IDS, type RowId } from "./requirements.ts";
export { checkControls, runPosture, type LoggedPosture, type Posture } from "./run-posture.ts";
