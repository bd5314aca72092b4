/** The register of incidents: whom they reached, who is told, and what looks like one. */
export { draftOfIncident, writableLanguages } from "./draft-facts.ts";
export { givenBreachLanguages } from "./drafts/given-languages.ts";
export type { BreachLanguages, BreachPhrases, BreachTexts } from "./drafts/language.ts";
export type { Draft, Letter } from "./drafts/draft.ts";
export { DRAFTS, type DraftName } from "./drafts/templates.ts";
export { dutiesOf, type Duty, type DutyFacts } from "./duties.ts";
export {
  ENCRYPTION_REASONS,
  factsOf,
  INCIDENT_KINDS,
  INCIDENT_STATES,
  type EncryptionReason,
  type Findings,
  type FourFactors,
  type IncidentFacts,
  type IncidentFile,
  type IncidentKind,
  type IncidentState,
  type PoliceDelay,
  type ScopeFacts,
} from "./incident.ts";
export {
  NotifierError,
  type Addressee,
  type Delivery,
  type FailureCause,
  type Message,
  type Notifier,
} from "./notifiers/notifier.ts";
export { smtpNotifier, type SmtpOptions } from "./notifiers/smtp.ts";
export { webhookNotifier, type WebhookOptions } from "./notifiers/webhook.ts";
export { openIncident, planIncident, type IncidentPlan, type Report } from "./open-incident.ts";
export type { AffectedItem, AffectedPerson } from "./scope/affected.ts";
export { questionOf } from "./scope/from-facts.ts";
export type { ScopeQuestion } from "./scope/question.ts";
export {
  affectedPeople,
  scopeTotals,
  type CategoryTotals,
  type ScopeTotals,
} from "./scope/scope.ts";
export { SEVERITIES, type Severity } from "./severity.ts";
export {
  completeTask,
  loadIncident,
  planUpdate,
  updateIncident,
  type Update,
} from "./update-incident.ts";
export {
  detailsOf,
  listIncidents,
  summaryOf,
  type IncidentDetails,
  type IncidentPage,
  type IncidentSummary,
  type Letters,
} from "./view.ts";
export { rebuildNotice } from "./notices/rebuild.ts";
export { rereadNotice } from "./notices/reread.ts";
export { rebuildIncident, rereadIncident } from "./rebuild.ts";
export { workIncidents } from "./work.ts";
export type { BreachWorld } from "./world.ts";
export { detectIncidents, suspicions, type Detection } from "./detect/detect-incidents.ts";
export { Detector, type DetectorOptions, type Finding } from "./detect/detector.ts";
export { LogWatch } from "./detect/log-watch.ts";
export { observationOf, type Observation } from "./detect/observation.ts";
export {
  familyOf,
  RULES,
  SLOW_RULES,
  type Rule,
  type RuleId,
  type SlowRule,
} from "./detect/rules.ts";
