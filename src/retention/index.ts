/** What ends by itself: expired memories, kept evidence, and what a crash left. */
export { sweep, type SweepReport } from "./sweep.ts";
