import { word } from "#kernel";

import { isSpecial, type Category, type CategoryId } from "./categories.ts";
import { configError, written } from "./config-error.ts";
import type { ConfigInput } from "./config-input.ts";
import { parseDuration } from "./duration.ts";
import { SPECIAL_CONDITIONS } from "./lawful.ts";
import type { EffectiveRules } from "./pack.ts";
import type { Purpose, PurposeInput } from "./purpose.ts";

/**
 * Fills in a purpose's defaults, and checks it against the rules in force.
 *
 * @throws {OubliError} `CONFIG_INVALID`
 */
export function resolvePurpose(
  name: string,
  input: PurposeInput,
  { rules, retention }: { rules: EffectiveRules; retention: ConfigInput["retention"] },
): Purpose {
  const nodesMax = rules.recallNodesMax.value!;
  const purpose: Purpose = {
    basis: input.basis ?? null,
    condition: input.condition ?? null,
    categories: (input.categories as Purpose["categories"] | undefined)?.toSorted() ?? null,
    roles: (input.roles as Purpose["roles"] | undefined)?.toSorted() ?? null,
    retention: input.retention ?? null,
    retentionJustification: input.retentionJustification ?? null,
    use: input.use ?? "quote",
    maxNodes: input.maxNodes ?? nodesMax,
    relevanceFloor: input.relevanceFloor ?? 0,
    metadata: (input.metadata ?? []) as Purpose["metadata"],
    ...(input.phiUse === undefined ? {} : { phiUse: input.phiUse }),
  };
  if (purpose.maxNodes > nodesMax) {
    throw configError(
      ["purposes", name, "maxNodes"],
      purpose.maxNodes,
      written(`1 to ${nodesMax}`),
    );
  }
  if (rules.explicitConsentPurposes.value?.some((other) => other === name)) {
    if (purpose.basis !== null && purpose.basis !== "consent") {
      throw configError(["purposes", name, "basis"], purpose.basis, word("consent"));
    }
  }
  checkSpecial(name, purpose, { rules, retention });
  return purpose;
}

/**
 * @source GDPR Art. 9(1), 9(2) (a condition beside the basis), Art. 5(1)(e) (no longer than needed)
 */
function checkSpecial(
  name: string,
  purpose: Purpose,
  { rules, retention }: { rules: EffectiveRules; retention: ConfigInput["retention"] },
): void {
  const special = (purpose.categories ?? []).filter(isSpecial);
  if (special.length === 0) return;
  if (rules.specialNeedsCondition.value === true && purpose.condition === null) {
    throw configError(["purposes", name, "condition"], undefined, SPECIAL_CONDITIONS.map(written));
  }
  const endless = (category: Category) =>
    !isFinite(purpose.retention) && !isFinite(retention?.[category as CategoryId]);
  if (
    rules.specialNeedsRetention.value === true &&
    purpose.retentionJustification === null &&
    special.some(endless)
  ) {
    throw configError(
      ["purposes", name, "retention"],
      purpose.retention ?? undefined,
      word("a duration of at most 100 years such as P90D, or a retentionJustification in words"),
    );
  }
}

/** No person's memory is needed for longer: what ends later has no end in practice. */
const FINITE_DAYS_MAX = 100 * 365.2425;

function isFinite(retention: string | null | undefined): boolean {
  const duration = retention ? parseDuration(retention) : null;
  if (duration === null) return false;
  return (duration.months / 12) * 365.2425 + duration.days <= FINITE_DAYS_MAX;
}
