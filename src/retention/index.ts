/** What ends by itself: expired memories, connected tables, kept evidence, and what a crash left. */
export { planRetention, type PlannedRule } from "./plan.ts";
export { runOf, runsOf, type RetentionRun } from "./report.ts";
export {
  MEMORIES,
  SHIPPED_RULES,
  tableRules,
  tableRulesOf,
  type Floor,
  type TableRule,
} from "./rules.ts";
export { type RuleProgress, type RuleState, type RunCase } from "./run-case.ts";
export { RETENTION_SETTINGS, type RetentionSettings } from "./settings.ts";
export { confirmRun, startRun, type RunOrder } from "./start-run.ts";
export { sweep, type SweepReport } from "./sweep.ts";
export { type OnProgress } from "./work-run.ts";
export { settled, workRuns } from "./work-runs.ts";
