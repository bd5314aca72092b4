/** What people may ask for, and how they are answered. */
export * from "./package/index.ts";
export { RESTRICTION_GROUNDS } from "./restriction.ts";
export { givenLanguages } from "./letters/given-languages.ts";
export { DEFAULT_LANGUAGE, type Languages, type LetterTexts } from "./letters/language.ts";
export type { Letter } from "./letters/letter.ts";
export { refuseUnwritable } from "./requests/acknowledge.ts";
export { advanceRequest, type Added } from "./requests/advance.ts";
export { clocksOf, type RequestClocks } from "./requests/clocks.ts";
export { closeRequest } from "./requests/close.ts";
export { announceLift, liftRestriction, refuseUntold } from "./requests/lift.ts";
export { anotherCode, prove } from "./requests/prove.ts";
export { listRequests, loadRequest } from "./requests/read.ts";
export { DENIALS, EXTENSIONS } from "./requests/reasons.ts";
export { receive, type NewRequest, type Received } from "./requests/receive.ts";
export {
  factsOf,
  REQUEST_RIGHTS,
  type Request,
  type RequestRight,
  type Wanted,
} from "./requests/request.ts";
export { informOfRecipients } from "./requests/inform.ts";
export { rebuildRequest } from "./requests/opening.ts";
export { rereadRequest } from "./requests/reread.ts";
export { deny, extend, takeBack } from "./requests/settle.ts";
export { tell, type Telling } from "./requests/tell.ts";
export { UNTOLD_GROUNDS } from "./requests/recipients-of.ts";
export { noteAccounted } from "./requests/accounted.ts";
export { noteMade } from "./requests/made.ts";
export { tendRequests, type Tended } from "./requests/tend.ts";
export type { Acting, RightsWorld } from "./requests/world.ts";
export {
  shownToOfficer,
  shownToPerson,
  type RequestShown,
  type RequestShownToPerson,
} from "./requests/shown.ts";
