import type { CategoryId } from "./categories.ts";

/** What a mechanism of chapter V gives leave for. */
interface MechanismFacts {
  /** Whether it carries data out of the EEA. */
  readonly leavesEea: boolean;
  /** Whether it carries health data out of the EEA as well, under a pack that keeps them there. */
  readonly health: boolean;
}

/**
 * On what a transfer between regions rests. `unrestricted` is for those that chapter V says nothing
 * of: within the EEA, into it, or between regions outside it.
 *
 * Health data leave for where the law is as good, or because the person said so or would die: a
 * clause binds the importer, and not the authorities of its country.
 *
 * @source GDPR Art. 44 (unrestricted), 45 (adequacy), 46(2)(a), 46(2)(b) and 47 (bcr), 46(2)(c), (d)
 *   (scc), 46(2)(e) (code of conduct), 46(2)(f) (certification), 46(3)(a) (ad-hoc clauses),
 *   49(1)(a)–(f) (derogations)
 */
export const TRANSFER_MECHANISMS = {
  adequacy: { leavesEea: true, health: true },
  "ad-hoc-clauses": { leavesEea: true, health: false },
  bcr: { leavesEea: true, health: false },
  certification: { leavesEea: true, health: false },
  "code-of-conduct": { leavesEea: true, health: false },
  "derogation-consent": { leavesEea: true, health: true },
  "derogation-contract": { leavesEea: true, health: false },
  "derogation-legal-claims": { leavesEea: true, health: false },
  "derogation-public-interest": { leavesEea: true, health: false },
  "derogation-vital-interests": { leavesEea: true, health: true },
  "public-instrument": { leavesEea: true, health: false },
  scc: { leavesEea: true, health: false },
  unrestricted: { leavesEea: false, health: false },
} as const satisfies Record<string, MechanismFacts>;

export type TransferMechanism = keyof typeof TRANSFER_MECHANISMS;

export const MECHANISM_NAMES = Object.keys(TRANSFER_MECHANISMS) as readonly TransferMechanism[];

/** @source GDPR Art. 4(13), 4(15) */
const HEALTH: ReadonlySet<CategoryId> = new Set(["health", "mental_health", "genetic"]);

export function isHealth(category: CategoryId): boolean {
  return HEALTH.has(category);
}
