import {
  CATEGORIES,
  type Category,
  type CategoryFacts,
  type CategoryId,
  type LawfulBasis,
  type SpecialCondition,
} from "#policy";

/** A category by its names elsewhere. */
export interface CategoryTerms extends CategoryFacts {
  readonly category: Category;
}

/** @source GDPR Art. 6(1)(a)–(f) */
const BASES: Readonly<Record<LawfulBasis, string>> = {
  consent: "GDPR Art. 6(1)(a)",
  contract: "GDPR Art. 6(1)(b)",
  "legal-obligation": "GDPR Art. 6(1)(c)",
  "vital-interests": "GDPR Art. 6(1)(d)",
  "public-task": "GDPR Art. 6(1)(e)",
  "legitimate-interests": "GDPR Art. 6(1)(f)",
};

/** @source GDPR Art. 9(2)(a)–(j) */
const CONDITIONS: Readonly<Record<SpecialCondition, string>> = {
  "explicit-consent": "GDPR Art. 9(2)(a)",
  "employment-and-social-protection": "GDPR Art. 9(2)(b)",
  "vital-interests": "GDPR Art. 9(2)(c)",
  "not-for-profit-body": "GDPR Art. 9(2)(d)",
  "made-public-by-subject": "GDPR Art. 9(2)(e)",
  "legal-claims": "GDPR Art. 9(2)(f)",
  "substantial-public-interest": "GDPR Art. 9(2)(g)",
  "health-care": "GDPR Art. 9(2)(h)",
  "public-health": "GDPR Art. 9(2)(i)",
  "archiving-and-research": "GDPR Art. 9(2)(j)",
};

export function termsOf(category: Category): CategoryTerms {
  return { category, ...CATEGORIES[category as CategoryId] };
}

export function articleOf(basis: LawfulBasis | null): string | null {
  return basis && BASES[basis];
}

export function articleOfCondition(condition: SpecialCondition | null): string | null {
  return condition && CONDITIONS[condition];
}
