/** Categories, purposes, packs, and the one decision about every use. */
export {
  CATEGORIES,
  CATEGORY_IDS,
  isCategory,
  isSpecial,
  sensitiveUnder,
  SPECIAL_CATEGORIES,
  type Category,
  type CategoryFacts,
  type CategoryId,
  type SensitivityLaw,
} from "./categories.ts";
export {
  configuredCodes,
  isConfigured,
  MECHANISMS,
  REASONS,
  type CodeKind,
  type CodesInput,
} from "./codes.ts";
export { defineConfig } from "./config.ts";
export type { ConfigInput, OubliConfig, Region, RegionInput } from "./config-input.ts";
export type { Analytics, AnalyticsInput, CountedEvent } from "./analytics.ts";
export type { Contact, Controller, Party } from "./controller.ts";
export { consentState, explicitAlone, holdsUnder } from "./consent.ts";
export { decide } from "./decide.ts";
export {
  refusalError,
  type Decision,
  type Gap,
  type Permit,
  type Permitted,
  type Reason,
  type Refused,
} from "./decision.ts";
export { addDuration, durationText, parseDuration, type Duration } from "./duration.ts";
export { explain } from "./explain.ts";
export { GUARDS, type Guard, type GuardName } from "./guard.ts";
export { homeRegion } from "./home-region.ts";
export { isWithin } from "./jurisdiction.ts";
export {
  LAWFUL_BASES,
  SPECIAL_CONDITIONS,
  type LawfulBasis,
  type SpecialCondition,
} from "./lawful.ts";
export type { NodeFacts } from "./node-facts.ts";
export { filterKey, nextExpiry, withheldBy } from "./node-filter.ts";
export type { EffectiveRule, EffectiveRules, Pack, PackRule } from "./pack.ts";
export type { LawChange, LawChanges } from "./law-changes.ts";
export { ccpa } from "./packs/ccpa.ts";
export { gdpr } from "./packs/gdpr.ts";
export { hipaa } from "./packs/hipaa.ts";
export { lgpd } from "./packs/lgpd.ts";
export { sb243 } from "./packs/sb243.ts";
export { assertPermit, guardsFor } from "./permit.ts";
export { configDigest, policyDigest, policyJson } from "./policy-digest.ts";
export { policyFromJson } from "./policy-from-json.ts";
export {
  assertDeclared,
  isPhi,
  processorOf,
  purposeOf,
  rulesOf,
  type Policy,
  type PolicyRegion,
} from "./policy.ts";
export {
  HOST_KINDS,
  type Contract,
  type HostKind,
  type Processor,
  type ProcessorInput,
} from "./processor.ts";
export { decideTransfer, type TransferRefusal, type TransferRequest } from "./decide-transfer.ts";
export {
  MECHANISM_NAMES,
  TRANSFER_MECHANISMS,
  type TransferMechanism,
} from "./transfer-mechanism.ts";
export {
  standingTransfer,
  type StandingTransfer,
  type TransferInput,
} from "./standing-transfers.ts";
export type { PhiUse, Purpose, PurposeInput, Use } from "./purpose.ts";
export {
  ARRIVAL_LOST,
  type ConsentFact,
  type PolicyFacts,
  type PolicyRequest,
  type RestrictionFact,
} from "./request.ts";
export { endForPurpose, endOf, expiryOf, type ExpiryRequest } from "./retention.ts";
export { sourcesIn, withSources, type SourceFacts } from "./source-facts.ts";
export { mayExplain, subjectActor } from "./roles.ts";
export type { RuleName, RuleValues, Strictest } from "./rules.ts";
export { STANDARD_PURPOSES } from "./standard-purposes.ts";
export { ROLES, VERBS, type Role, type UseVerb, type Verb, type VerbFacts } from "./verb.ts";
