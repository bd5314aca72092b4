import { word, type EpochMs, type Word } from "#kernel";

import type { Category, CategoryId } from "./categories.ts";
import { configError } from "./config-error.ts";
import { isWithinEea, servesEea } from "./jurisdiction.ts";
import type { EffectiveRules } from "./pack.ts";
import { rulesOf, type Policy, type PolicyRegion } from "./policy.ts";
import {
  isHealth,
  MECHANISM_NAMES,
  TRANSFER_MECHANISMS,
  type TransferMechanism,
} from "./transfer-mechanism.ts";

/** A reviewed authorisation to give content to processors outside a region. */
export interface TransferInput {
  readonly from: string;
  /** Where the processor works, as it says in `processors`. */
  readonly to: string;
  readonly mechanism: TransferMechanism;
  /** Where it is filed, as a code: `SCC-2026-4`. */
  readonly document: string;
  /** Who reviewed it. */
  readonly approver: string;
  /** The first day on which it is no longer in force. */
  readonly expires: string;
  /** What may leave. Default: all. */
  readonly categories?: readonly CategoryId[];
}

/** The same with every default filled in: plain JSON. */
export interface StandingTransfer {
  readonly from: Word;
  readonly to: Word;
  readonly mechanism: TransferMechanism;
  readonly document: Word;
  readonly approver: Word;
  readonly expires: string;
  readonly categories: readonly Category[] | null;
}

interface Declared {
  readonly rules: EffectiveRules;
  readonly regions: Readonly<Record<string, PolicyRegion>>;
}

/**
 * Checks authorisations against the regions and the packs' rules.
 *
 * @throws {OubliError} `CONFIG_INVALID` for one that a pack contradicts.
 */
export function resolveTransfers(
  input: readonly TransferInput[],
  { rules, regions }: Declared,
): readonly StandingTransfer[] {
  return input.map(({ from, to, mechanism, document, approver, expires, categories }, at) => {
    const path = ["transfers", at];
    if (!Object.hasOwn(regions, from)) {
      throw configError([...path, "from"], from, Object.keys(regions).sort() as Word[]);
    }
    if (from === to) throw configError([...path, "to"], to, word("another region"));
    const facts = TRANSFER_MECHANISMS[mechanism];
    const leaves = servesEea(regions[from]!.jurisdictions);
    const abroad = Object.hasOwn(regions, to) && !isWithinEea(regions[to]!.jurisdictions);
    if (leaves && abroad && !facts.leavesEea) {
      throw configError([...path, "mechanism"], mechanism, carriers());
    }
    const health = categories?.find(isHealth);
    if (leaves && rules.healthStaysInEea.value === true && !facts.health && health) {
      const wanted = word("no health data: they stay, unless the mechanism carries them");
      throw configError([...path, "categories"], health, wanted);
    }
    return {
      from: from as Word,
      to: to as Word,
      mechanism,
      document: document as Word,
      approver: approver as Word,
      expires,
      categories: (categories as readonly Category[] | undefined)?.toSorted() ?? null,
    };
  });
}

function carriers(): readonly Word[] {
  const names = MECHANISM_NAMES.filter((name) => TRANSFER_MECHANISMS[name].leavesEea);
  return names as readonly string[] as readonly Word[];
}

/** Content that is about to be given to a processor elsewhere. */
export interface StandingQuestion {
  readonly from: Word;
  readonly to: Word;
  readonly categories: readonly CategoryId[];
  readonly at: EpochMs;
}

/**
 * The configured authorisation that is in force for all of it, and lasts longest; or `null`.
 *
 * @source GDPR Art. 44, 46
 */
export function standingTransfer(
  policy: Policy,
  { from, to, categories, at }: StandingQuestion,
): (StandingTransfer & { readonly validUntil: EpochMs }) | null {
  const leaves = servesEea(policy.regions[from]?.jurisdictions ?? []);
  const healthStays = leaves && rulesOf(policy).healthStaysInEea.value === true;
  const [best] = (policy.transfers ?? [])
    .filter((one) => one.from === from && one.to === to)
    .map((one) => ({ ...one, validUntil: Date.parse(`${one.expires}T00:00:00Z`) as EpochMs }))
    .filter(({ validUntil, mechanism, categories: scope }) => {
      const covered = categories.every((id) => scope === null || scope.some((one) => one === id));
      const carries = TRANSFER_MECHANISMS[mechanism].health || !healthStays;
      return at < validUntil && covered && (carries || !categories.some(isHealth));
    })
    .toSorted((left, right) => right.validUntil - left.validUntil);
  return best ?? null;
}
