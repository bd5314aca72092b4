import type { Word } from "#kernel";

/** The laws that name categories of their own as sensitive. */
export type SensitivityLaw = "gdpr" | "hipaa" | "sb243" | "ccpa";

/** What kind of personal data a memory holds. */
export interface CategoryFacts {
  /** The nearest term of the W3C Data Privacy Vocabulary 2.3, or `null` where it has none. */
  readonly dpv: `pd:${string}` | `dpv:${string}` | null;
  /** The nearest data category of Fideslang 3.2, or `null` where it has none. */
  readonly fides: `user${string}` | null;
  /** A special category: processing needs a condition of its own. @source GDPR Art. 9(1) */
  readonly special: boolean;
  /** The laws that treat it as sensitive, special or protected. */
  readonly sensitive: readonly SensitivityLaw[];
}

/**
 * Every category, with its names elsewhere.
 *
 * @source GDPR Art. 9(1), Art. 10 · 45 CFR 160.103 (health information, genetic information
 *   included) · Cal. Civ. Code 1798.140(ae) · w3id.org/dpv/pd · ethyca.github.io/fideslang
 */
export const CATEGORIES = {
  preference: ordinary("pd:Preference", "user.demographic.profile"),
  account: ordinary(null, "user.account"),
  contact: ordinary("pd:Contact", "user.contact"),
  identity: ordinary("pd:Identifying", null, ["ccpa"]),
  location: ordinary("pd:Location", "user.location", ["ccpa"]),
  communication: ordinary("pd:Communication", "user.content", ["ccpa"]),
  work: ordinary("pd:Professional", "user.professional_information"),
  education: ordinary("pd:Education", null),
  relationship: ordinary("pd:Relationship", null, ["sb243"]),
  emotional: ordinary("pd:Emotion", null, ["sb243"]),
  financial: ordinary("pd:Financial", "user.financial", ["ccpa"]),
  health: special("pd:Health", "user.health", ["hipaa", "sb243", "ccpa"]),
  mental_health: special("pd:MentalHealth", "user.health.social_psychological_behavioral", [
    "hipaa",
    "sb243",
    "ccpa",
  ]),
  genetic: special("pd:Genetic", "user.health.genetic", ["hipaa", "sb243", "ccpa"]),
  biometric: special("pd:Biometric", "user.biometrics", ["ccpa"]),
  sexual: special("pd:Sexual", "user.demographic.sexual_orientation", ["ccpa"]),
  religion: special("pd:Religion", "user.demographic.religious_belief", ["ccpa"]),
  politics: special("pd:PoliticalOpinion", "user.demographic.political_opinion"),
  union: special("pd:TradeUnionMembership", "user.demographic.union_membership", ["ccpa"]),
  ethnicity: special("pd:EthnicOrigin", "user.demographic.race_ethnicity", ["ccpa"]),
  criminal: ordinary("pd:Criminal", "user.criminal_history", ["gdpr"]),
  children: ordinary(null, "user.children"),
  behaviour: ordinary("pd:Behavioural", "user.behavior"),
  other: ordinary("dpv:PersonalData", "user"),
} as const satisfies Record<string, CategoryFacts>;

/** A category as it is written in a configuration. */
export type CategoryId = keyof typeof CATEGORIES;

/** A category that was checked: it may stand in an error and in the audit log. */
export type Category = CategoryId & Word;

export const CATEGORY_IDS = Object.keys(CATEGORIES) as Category[] as readonly Category[];

export const SPECIAL_CATEGORIES: readonly Category[] = CATEGORY_IDS.filter(isSpecial);

export function isCategory(value: unknown): value is Category {
  return typeof value === "string" && Object.hasOwn(CATEGORIES, value);
}

export function isSpecial(category: CategoryId): boolean {
  return CATEGORIES[category].special;
}

/** The categories that a law names as sensitive. */
export function sensitiveUnder(law: SensitivityLaw): readonly Category[] {
  return CATEGORY_IDS.filter((id) => CATEGORIES[id as CategoryId].sensitive.includes(law));
}

function ordinary(
  dpv: CategoryFacts["dpv"],
  fides: CategoryFacts["fides"],
  sensitive: readonly SensitivityLaw[] = [],
): CategoryFacts {
  return Object.freeze({ dpv, fides, special: false, sensitive: Object.freeze(sensitive) });
}

function special(
  dpv: CategoryFacts["dpv"],
  fides: CategoryFacts["fides"],
  others: readonly SensitivityLaw[] = [],
): CategoryFacts {
  const sensitive = Object.freeze(["gdpr" as const, ...others]);
  return Object.freeze({ dpv, fides, special: true, sensitive });
}
