import { word } from "#kernel";

import { configError } from "./config-error.ts";
import { mapValues } from "./records.ts";

/** What is counted under one name; each dimension with every value that it may have. */
export interface CountedEvent {
  readonly dimensions?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * What is counted without people. Everything that may be counted is declared, so that what is
 * published shows the same cells whoever came: a cell that appears would tell that somebody did.
 */
export interface AnalyticsInput {
  readonly events: Readonly<Record<string, CountedEvent>>;
  /**
   * The budget: what all that is ever published of one day may tell of one session. 0.001 to 10.
   * Default: 1.
   */
  readonly epsilonPerDay?: number;
  /** How often one session counts for one event in a day, at most: 1 to 100. Default: 1. */
  readonly perSession?: number;
  /** Counts below it are withheld when they are published: 0 to 1,000,000. Default: 20. */
  readonly threshold?: number;
}

export interface Analytics extends Required<Omit<AnalyticsInput, "events" | "epsilonPerDay">> {
  readonly events: Readonly<
    Record<string, { readonly dimensions: Readonly<Record<string, readonly string[]>> }>
  >;
  /** In thousandths: a budget is kept in whole numbers. */
  readonly milliEpsilonPerDay: number;
}

/** More would be noise alone. */
const CELLS_MAX = 1000;

/** @throws {OubliError} `CONFIG_INVALID` for an event with more than 1,000 cells. */
export function resolveAnalytics(input: AnalyticsInput): Analytics {
  for (const [name, { dimensions = {} }] of Object.entries(input.events)) {
    const cells = Object.values(dimensions).reduce((all, values) => all * values.length, 1);
    if (cells <= CELLS_MAX) continue;
    const path = ["analytics", "events", name, "dimensions"];
    throw configError(path, cells, word(`at most ${CELLS_MAX} combinations`));
  }
  return {
    events: mapValues(input.events, ({ dimensions = {} }) => ({ dimensions })),
    milliEpsilonPerDay: Math.round((input.epsilonPerDay ?? 1) * 1000),
    perSession: input.perSession ?? 1,
    threshold: input.threshold ?? 20,
  };
}

/** What resolves to these again; of another version's JSON whatever it has, unchecked. */
export function analyticsInput({ milliEpsilonPerDay, ...rest }: Readonly<Record<string, unknown>>) {
  return { ...rest, epsilonPerDay: Number(milliEpsilonPerDay) / 1000 };
}
