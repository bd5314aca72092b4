/** Counts without people: what happened how often, and what may be published of it. */
export { analyticsOf, cellOf, type Dimensions } from "./cells.ts";
export {
  generalise,
  smallestGroup,
  type Generalised,
  type GroupRow,
  type Hierarchy,
} from "./k-anonymity.ts";
export { publish, type Published, type PublishQuery } from "./publish.ts";
export type { Day, DayRange, Tally, TallyStore } from "./tally-store.ts";
export { createTracker, type Tracker } from "./tracker.ts";
export type { AnalyticsWorld, Publisher } from "./world.ts";
