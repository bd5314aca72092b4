/** Moves a person from one region to another: under an authorisation, and never in both. */
export { arrivalOf, isArrivalLost, type Arrival } from "./arrivals.ts";
export { dealingsWith, leftUntold, type Dealings } from "./dealings.ts";
export { loseArrived } from "./lose-arrived.ts";
export { regionOf } from "./plan.ts";
export { settleSent, standsElsewhere, whoIsHere } from "./settle-sent.ts";
export { leavingOf, resumeTransfer, transfer, type Transferred } from "./transfer.ts";
export { undo } from "./undo.ts";
export { authorisationFacts, type Authorisation, type Origin, type Regions } from "./world.ts";
