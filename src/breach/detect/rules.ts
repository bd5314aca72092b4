import { DAY_MS, HOUR_MS } from "#kernel";

import type { Observation } from "./observation.ts";

export type RuleId =
  | "volume-hour"
  | "volume-day"
  | "volume-slow"
  | "breadth-hour"
  | "breadth-day"
  | "breadth-slow"
  | "denials"
  | "credentials"
  | "exports"
  | "strangers";

/** Rules that see one thing from several sides: by the hour, by the day, in items, in people. */
export function familyOf(rule: string): string {
  const [first = ""] = rule.split("-");
  return first === "volume" || first === "breadth" ? "reading" : first;
}

/** What one rule counts, for one actor, in one stretch of time. */
export interface Rule {
  readonly id: RuleId;
  /** What an observation adds to the count; for `people`, only the first of each person. */
  readonly counts: "items" | "people" | "times";
  readonly of: readonly Observation["kind"][];
  readonly stretchMs: number;
  /** Standard deviations above what this actor does at such an hour, or on such a day. */
  readonly deviations: number;
  /** Fewer than this is never alarming. */
  readonly least: number;
  /** More than this on the first day of an actor that nobody knows is alarming. */
  readonly stranger: number;
  /** The deviation is at least this, as a logarithm: a count that never varied may vary a little. */
  readonly spreadMin: number;
  /** And at most this: a day of rest, or one theft, must not cover the next. */
  readonly spreadMax?: number;
}

/** An actor who takes a little more than usual, day after day. */
export interface SlowRule {
  readonly id: RuleId;
  /** The rule of a day whose excess adds up. */
  readonly over: RuleId;
  /** What is usual in a day's excess, in deviations. */
  readonly slack: number;
  readonly sumMax: number;
  /** Fewer than this in the day is never alarming. */
  readonly least: number;
}

const ALL: readonly Observation["kind"][] = ["release", "export"];

/** Their numbers were chosen on other seeds than those that bench/breach measures. */
export const RULES: readonly Rule[] = [
  rule("volume-hour", {
    counts: "items",
    of: ALL,
    deviations: 3.7,
    least: 30,
    stranger: 200,
    spreadMin: 0.3,
  }),
  rule("breadth-hour", {
    counts: "people",
    of: ALL,
    deviations: 3.7,
    least: 10,
    stranger: 60,
    spreadMin: 0.25,
  }),
  rule("exports", {
    counts: "people",
    of: ["export"],
    deviations: 4.5,
    least: 5,
    stranger: 5,
    spreadMin: 0.3,
  }),
  rule("denials", {
    counts: "times",
    of: ["denial"],
    deviations: 4.5,
    least: 10,
    stranger: 10,
    spreadMin: 0.3,
  }),
  rule("credentials", {
    counts: "times",
    of: ["credential"],
    deviations: 4.5,
    least: 5,
    stranger: 5,
    spreadMin: 0.3,
  }),
  rule(
    "volume-day",
    { counts: "items", of: ALL, deviations: 3.7, least: 60, stranger: 500, spreadMin: 0.18 },
    DAY_MS,
  ),
  rule(
    "breadth-day",
    { counts: "people", of: ALL, deviations: 3.7, least: 20, stranger: 150, spreadMin: 0.15 },
    DAY_MS,
  ),
];

export const SLOW_RULES: readonly SlowRule[] = [
  { id: "volume-slow", over: "volume-day", slack: 1, sumMax: 4, least: 25 },
  { id: "breadth-slow", over: "breadth-day", slack: 1, sumMax: 4, least: 10 },
];

/** Over the new actors of a controller together. */
export const STRANGERS: Rule = rule(
  "strangers",
  {
    counts: "people",
    of: ALL,
    deviations: 4.5,
    least: 500,
    stranger: Infinity,
    spreadMin: 0.3,
    spreadMax: 0.5,
  },
  DAY_MS,
);

function rule(id: RuleId, how: Omit<Rule, "id" | "stretchMs">, stretchMs: number = HOUR_MS): Rule {
  return { id, stretchMs, ...how };
}
