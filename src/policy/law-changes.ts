/**
 * What a controller says of one law's clocks. The numbers that were read in a statute are not for a
 * configuration to change: see docs/reference/law.md.
 */
export interface LawChange {
  /** Where its days begin and end: an IANA name, such as `Europe/Berlin`. */
  readonly timeZone?: string;
  /** Holidays beside the defaults: `2026-05-14`. */
  readonly holidays?: readonly string[];
  /** Of a clock known from secondary sources, how many of its units: `{ individuals: 45 }`. */
  readonly breach?: Readonly<Record<string, number>>;
  /** Of such a clock, above how many people it holds: `{ "attorney-general": 500 }`. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Of another number that is known so: `{ incidentRegister: 5 }`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** By the law's name: `gdpr`, `ccpa`, `sb446`, … */
export type LawChanges = Readonly<Record<string, LawChange>>;
