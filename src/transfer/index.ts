/** Moves a person from one region to another: under an authorisation, and never in both. */
export { arrivalOf, type Arrival } from "./arrivals.ts";
export { arrivedFrom, leftUntold, type Arrived } from "./departed.ts";
export { regionOf } from "./plan.ts";
export { leavingOf, resumeTransfer, transfer, type Transferred } from "./transfer.ts";
export { undo } from "./undo.ts";
export { authorisationFacts, type Authorisation, type Regions } from "./world.ts";
