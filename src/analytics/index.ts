/** Counts without people: what happened how often, and what may be published of it. */
export { budgetOf, type Budget } from "./budget.ts";
export { analyticsOf, cellOf, type Dimensions } from "./cells.ts";
export {
  generalise,
  smallestGroup,
  type Generalised,
  type GroupRow,
  type Hierarchy,
} from "./k-anonymity.ts";
export {
  planPublication,
  publish,
  type PublicationPlan,
  type Published,
  type PublishQuery,
} from "./publish.ts";
export { replaySpent, spentByDay, type Publication } from "./replay-spent.ts";
export type { Day, DayRange, DaySpent, Tally, TallyStore } from "./tally-store.ts";
export { createTracker, type Tracker } from "./tracker.ts";
export type { AnalyticsWorld } from "./world.ts";
