import {
  analyticsOf,
  budgetOf,
  cellOf,
  planPublication,
  publish,
  type Budget,
  type Dimensions,
  type PublicationPlan,
  type Published,
  type PublishQuery,
} from "#analytics";
import { DAY_MS, word, type Acting, type Word } from "#kernel";
import type { Caller } from "#memory";
import { decide } from "#policy";
import type { z } from "zod";

import { analyticsShapes as shapes } from "./input/analytics-shapes.ts";
import { check } from "./input/index.ts";
import { OFFICER, OVERSEERS, refuseUnless } from "./oversight.ts";
import { callerOf, type Session } from "./session.ts";
import type { EngineWorld } from "./world.ts";

/** Counts without people. See docs/how-to/analytics.md. */
export interface AnalyticsFace {
  /**
   * Counts an event of a session. It names nobody: what is kept is a sum by day.
   *
   * Nothing is counted, and nothing is written anywhere, for a person who did not agree to
   * `analytics`, who is restricted or erased; an entry for each would be the very trace that they
   * did not want.
   *
   * @param event As it is declared in the configuration's `analytics`.
   * @returns whether it counted; a session counts for an event so often a day and no more.
   * @throws {OubliError} `INPUT_INVALID` for an event, a dimension or a value that is not declared.
   */
  track(
    event: string | { readonly name: string; readonly dimensions: Dimensions },
    session: Session,
  ): Promise<boolean>;
  /**
   * Counts of some days, with differential privacy, for the privacy officer to give away. It costs
   * its epsilon of each day's budget.
   *
   * @throws {OubliError} `BUDGET_SPENT`, `POLICY_REFUSED`, `INPUT_INVALID`: days that are not over.
   */
  publish(query: z.input<typeof shapes.publish>): Promise<Published>;
  /** What a publication would cost, and whether the budget has it. It spends nothing. For overseers. */
  plan(query: z.input<typeof shapes.publish>): Promise<PublicationPlan>;
  /** What was spent of each day, and what is left. For overseers. */
  budget(days: z.input<typeof shapes.days>): Promise<Budget>;
}

export function analyticsFace(world: EngineWorld, who: Acting): AnalyticsFace {
  const { tracker, policy } = world;
  return {
    async track(event, session) {
      const given = check(shapes.event, event, "event");
      const { name, dimensions } =
        typeof given === "string" ? { name: given, dimensions: {} } : given;
      const caller = callerOf(world, check(shapes.session, session, "session", { depth: 0 }));
      const cell = cellOf(analyticsOf(policy), name, dimensions);
      if (!(await mayCount(world, caller))) return false;
      return tracker.track(
        { tenant: caller.tenant, event: name as Word, cell },
        await session.id(),
      );
    },
    async publish(query) {
      const asked = queryOf(query);
      await refuseUnless(world, who, "publish", OFFICER);
      await tracker.flush();
      return publish(world, who, asked);
    },
    async plan(query) {
      const asked = queryOf(query);
      await refuseUnless(world, who, "analytics-budget", OVERSEERS);
      return planPublication(world, who.tenant, asked);
    },
    async budget(days) {
      const range = rangeOf(check(shapes.days, days, "days"));
      await refuseUnless(world, who, "analytics-budget", OVERSEERS);
      return budgetOf(world, who.tenant, range);
    },
  };
}

/** Whether analytics may use anything of theirs: their consent, restriction, erasure. */
async function mayCount(
  { facts, clock, policy }: EngineWorld,
  { subject, actor }: Caller,
): Promise<boolean> {
  const { policyFacts } = await facts.read(subject);
  const request = { verb: "recall", purpose: word("analytics"), at: clock.now() } as const;
  return decide({ ...request, subject, actor }, policyFacts, policy).outcome === "permitted";
}

function queryOf(query: z.input<typeof shapes.publish>): PublishQuery {
  const { event, by, epsilon, ...days } = check(shapes.publish, query, "query");
  return { event, by, days: rangeOf(days), milliEpsilon: Math.round(epsilon * 1000) };
}

const rangeOf = ({ from, to }: z.output<typeof shapes.days>) => ({
  from: dayOf(from),
  to: dayOf(to),
});

const dayOf = (date: string): number => Date.parse(date) / DAY_MS;
