import { randomInt } from "node:crypto";

import { DAY_MS, HOUR_MS, OubliError, word, type Acting, type Word } from "#kernel";

import { budgetOf, isoDay } from "./budget.ts";
import { analyticsOf, dimensionsOf, everyCell, readCell, type Dimensions } from "./cells.ts";
import { discreteLaplace, type Uniform } from "./discrete-laplace.ts";
import type { Day, DayRange } from "./tally-store.ts";
import type { AnalyticsWorld } from "./world.ts";

export interface PublishQuery {
  readonly event: string;
  readonly days: DayRange;
  /** The dimensions that are told apart; the others are added up. */
  readonly by: readonly string[];
  /** In thousandths. More is more exact, and costs more of the budget. */
  readonly milliEpsilon: number;
}

/** Counts that may be given to anybody. */
export interface Published {
  readonly event: Word;
  /** In UTC, as they were asked: `2026-11-21`. */
  readonly days: { readonly from: string; readonly to: string };
  /** One for each combination of the dimensions; `null`: below the threshold. */
  readonly cells: readonly { readonly dimensions: Dimensions; readonly count: number | null }[];
  readonly epsilon: number;
  /** The noise's scale: half of all counts are off by less than 0.7 of it. */
  readonly scale: number;
  readonly threshold: number;
  /** Epsilon that is left of the day of which least is. */
  readonly left: number;
}

/** What it would cost, and what is there to pay with. */
export interface PublicationPlan extends Pick<
  Published,
  "event" | "days" | "epsilon" | "scale" | "threshold" | "left"
> {
  /** How many counts it would tell. */
  readonly cells: number;
  readonly enough: boolean;
}

/** A process writes down what it counted within a minute; the rest is room for their clocks. */
const SETTLED_MS = HOUR_MS;

/**
 * Publishes counts with differential privacy, on the day's budget; what is published cannot tell
 * whether any one session of any one day was among them, but for `exp(epsilon)`.
 *
 * The budget goes first, then the entry, then the answer: an answer that fails on the way costs
 * its price, and none is ever given for nothing.
 *
 * Why the budget is a day's: a session counts for its own day alone, so what is said of two days
 * is said of two sessions; what is said twice of one day adds up.
 *
 * @throws {OubliError} `INPUT_INVALID`; `BUDGET_SPENT` with what is left.
 * @source Dwork, McSherry, Nissim, Smith (2006); composition: Dwork, Roth (2014), 3.5
 */
export async function publish(
  world: AnalyticsWorld,
  { tenant, actor }: Acting,
  { event, days, by, milliEpsilon }: PublishQuery,
  uniform: Uniform = secureUniform,
): Promise<Published> {
  const { audit, tallies, policy, region } = world;
  const { milliEpsilonPerDay: limit, threshold } = analyticsOf(policy);
  const cells = cellsOf(world, { event, days, by });

  const { outcome, ...budget } = await tallies.spend(tenant, days, { cost: milliEpsilon, limit });
  // Of a day that was spent under a higher limit than now, nothing is left.
  const left = Math.max(0, budget.left);
  if (outcome === "refused") {
    throw new OubliError("BUDGET_SPENT", { left: left / 1000, asked: milliEpsilon / 1000 });
  }
  await audit.record({
    t: "analytics.published",
    tenant,
    region,
    actor,
    subject: null,
    facts: { event: event as Word, ...days, cells: cells.length, milliEpsilon, left, limit },
  });

  const counts = await tallies.sum(tenant, event as Word, days);
  const noise = await noiseOf(world, days, milliEpsilon);
  return {
    event: event as Word,
    days: { from: isoDay(days.from), to: isoDay(days.to) },
    cells: cells.map((dimensions) => {
      const exact = counts
        .filter(({ cell }) => isWithin(readCell(cell), dimensions))
        .reduce((sum, { count }) => sum + count, 0);
      const told = exact + discreteLaplace(noise, uniform);
      // What is told is cut, never what is true: the threshold tells nothing new.
      return { dimensions, count: told < threshold ? null : Math.max(0, told) };
    }),
    epsilon: milliEpsilon / 1000,
    scale: noise.numerator / noise.denominator,
    threshold,
    left: left / 1000,
  };
}

/** As {@link publish}, and spends nothing. */
export async function planPublication(
  world: AnalyticsWorld,
  tenant: Word,
  { event, days, by, milliEpsilon }: PublishQuery,
): Promise<PublicationPlan> {
  const cells = cellsOf(world, { event, days, by });
  const { numerator, denominator } = await noiseOf(world, days, milliEpsilon);
  const { left } = await budgetOf(world, tenant, days);
  return {
    event: event as Word,
    days: { from: isoDay(days.from), to: isoDay(days.to) },
    cells: cells.length,
    epsilon: milliEpsilon / 1000,
    scale: numerator / denominator,
    threshold: analyticsOf(world.policy).threshold,
    left,
    enough: milliEpsilon / 1000 <= left,
  };
}

/** @throws {OubliError} `INPUT_INVALID` for what is not declared, and days that are not over. */
function cellsOf(
  world: AnalyticsWorld,
  { event, days, by }: Omit<PublishQuery, "milliEpsilon">,
): readonly Dimensions[] {
  const cells = everyCell(dimensionsOf(analyticsOf(world.policy), event), by);
  refuseUnsettled(world, days);
  return cells;
}

/** The days were counted under the configuration of their time. */
async function noiseOf({ tallies, policy }: AnalyticsWorld, days: DayRange, milliEpsilon: number) {
  const bound = (await tallies.bound(days)) ?? analyticsOf(policy).perSession;
  return { numerator: bound * 1000, denominator: milliEpsilon };
}

/** The system's generator; `randomInt` draws without a bias, up to 2^48. */
const secureUniform: Uniform = (below) => (below === 1 ? 0 : randomInt(below));

/** A day's counts have to stand still: of two answers about it, both would tell what came between. */
function refuseUnsettled({ clock }: AnalyticsWorld, { from, to }: DayRange): void {
  const last: Day = Math.floor((clock.now() - SETTLED_MS) / DAY_MS) - 1;
  if (to <= last && from <= to) return;
  throw new OubliError("INPUT_INVALID", {
    field: word(from > to ? "from" : "to"),
    given: isoDay(from > to ? from : to) as Word,
    accepted: word(from > to ? "a day before its last" : "a day that ended an hour ago"),
  });
}

function isWithin(cell: Dimensions, part: Dimensions): boolean {
  return Object.entries(part).every(([name, value]) => cell[name] === value);
}
