import type { LawProfile } from "./profile.ts";
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

function changed(profile: LawProfile, change: LawChange): LawProfile {
  const { timeZone = profile.timeZone, holidays = [], breach = {} } = change;
  const { calendar } = profile;
  return {
    ...profile,
    timeZone,
    calendar: { ...calendar, days: [...calendar.days, ...holidays] },
    breach: profile.breach.map((clock) => {
      const count = breach[clock.id];
      const { within, certainty } = clock;
      if (count === undefined || certainty !== "secondary") return clock;
      return within !== null && "unit" in within
        ? { ...clock, within: { ...within, count } }
        : clock;
    }),
  };
}
