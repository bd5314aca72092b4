import type { BreachClock, LawProfile, Sourced } from "./profile.ts";
import { ccpa } from "./profiles/ccpa.ts";
import { gdpr } from "./profiles/gdpr.ts";
import { hipaa } from "./profiles/hipaa.ts";
import { house } from "./profiles/house.ts";
import { lgpd } from "./profiles/lgpd.ts";
import { sb243 } from "./profiles/sb243.ts";
import { sb446 } from "./profiles/sb446.ts";

/** Every profile that ships, Oubli's own first. */
export const PROFILES: readonly LawProfile[] = [house, gdpr, hipaa, ccpa, sb446, lgpd, sb243];

/** What a configuration says of one law. */
export interface LawChange {
  /** The controller's own, an IANA name. */
  readonly timeZone?: string;
  /** Holidays beside the defaults: `2026-05-14`. */
  readonly holidays?: readonly string[];
  /** Of clocks whose number is `secondary`: `{ individuals: 45 }`. */
  readonly breach?: Readonly<Record<string, number>>;
  /** Of such a clock, above how many people it holds: `{ "attorney-general": 500 }`. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Of another number that is known so: `{ incidentRegister: 5 }`. */
  readonly figures?: Readonly<Record<string, number>>;
}

export type LawChanges = Readonly<Record<string, LawChange>>;

/** A pack brings the profile of its name; California's also that of its breaches. */
const ALONGSIDE: Readonly<Record<string, readonly string[]>> = { ccpa: ["sb446"] };

/**
 * The laws of a configuration, Oubli's own first. They hold for every person: where somebody lives
 * is not asked.
 */
export function lawsInForce(
  packs: readonly string[],
  changes: LawChanges = {},
): readonly LawProfile[] {
  const named = new Set(["oubli", ...packs, ...packs.flatMap((pack) => ALONGSIDE[pack] ?? [])]);
  return PROFILES.filter(({ name }) => named.has(name)).map((profile) =>
    changed(profile, changes[profile.name] ?? {}),
  );
}

/** As {@link lawsInForce}, of a policy. */
export function lawsOf(policy: {
  readonly packs: readonly { readonly name: string }[];
  readonly law?: LawChanges;
}): readonly LawProfile[] {
  return lawsInForce(
    policy.packs.map(({ name }) => name),
    policy.law,
  );
}

function changed(profile: LawProfile, change: LawChange): LawProfile {
  const { timeZone = profile.timeZone, holidays = [] } = change;
  const { calendar } = profile;
  return {
    ...profile,
    timeZone,
    calendar: { ...calendar, days: [...calendar.days, ...holidays] },
    breach: profile.breach.map((clock) => changedClock(clock, change)),
    figures: Object.fromEntries(
      Object.entries(profile.figures).map(([name, figure]) => {
        const value = change.figures?.[name];
        return [name, isOpen(figure) && value !== undefined ? { ...figure, value } : figure];
      }),
    ),
  };
}

function changedClock(
  clock: BreachClock,
  { breach = {}, thresholds = {} }: LawChange,
): BreachClock {
  if (!isOpen(clock)) return clock;
  const count = breach[clock.id];
  const above = thresholds[clock.id];
  const { within, when } = clock;
  return {
    ...clock,
    ...(count !== undefined && within !== null && "unit" in within
      ? { within: { ...within, count } }
      : {}),
    ...(above !== undefined && when !== undefined && "residentsAbove" in when
      ? { when: { ...when, residentsAbove: above } }
      : {}),
  };
}

/** What was read in the statute is not for a configuration to change. */
function isOpen({ certainty }: Sourced): boolean {
  return certainty === "secondary";
}
