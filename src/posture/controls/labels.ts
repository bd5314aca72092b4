import { tryReadEntry } from "#audit";
import { DAY_MS, type EpochMs } from "#kernel";
import {
  endOf,
  isPhi,
  isSpecial,
  parseDuration,
  purposeOf,
  rulesOf,
  type CategoryId,
} from "#policy";

import { found, notChecked, type Control } from "../control.ts";

/** A sweep runs every hour; what it leaves for two days, it leaves. */
const SWEPT_WITHIN_MS = 2 * DAY_MS;

/** The entry of a sweep. */
const SWEPT = "retention.run";

/** Expired rows that are counted; more are beyond counting. */
const EXPIRED_MAX = 1000;

/** A hundred years: nobody's memory is needed for longer. */
const YEARS_MAX = 100;

/** What rows are labelled with, and when they end. */
export const LABEL_CONTROLS: readonly Control[] = [
  {
    control: "health-is-labelled",
    rows: ["A11"],
    title: "Special categories and protected health information are labelled on every row",
    async probe({ inventory, world }) {
      const { rows, nodes } = await inventory();
      const wrong = rows.filter(({ categories, special, phi }) => {
        const ids = categories as readonly string[] as readonly CategoryId[];
        return special !== ids.some(isSpecial) || phi !== isPhi(ids, world);
      });
      return found(wrong.length === 0, "Every row's labels were held against its categories.", {
        nodes,
        wrong: wrong.reduce((sum, one) => sum + one.nodes, 0),
      });
    },
  },
  {
    control: "purposes-are-declared",
    rows: ["A18", "A12"],
    title: "Every memory is kept for a purpose that the policy declares",
    async probe({ inventory, world: { policy } }) {
      const { rows, nodes } = await inventory();
      const stray = rows.filter(({ purposes }) =>
        purposes.every((name) => purposeOf(policy, name) === null),
      );
      return found(stray.length === 0, "Every row's purposes were looked up.", {
        nodes,
        undeclared: stray.reduce((sum, one) => sum + one.nodes, 0),
      });
    },
  },
  {
    control: "every-memory-has-its-end",
    rows: ["A21"],
    title: "What has to end has an end in its row",
    async probe({ inventory, world: { policy, clock, audit } }) {
      const last = tryReadEntry((await audit.store.lastEntry("access", SWEPT))?.bytes ?? null);
      const { seq } = await audit.store.policy();
      if (last?.["reckoned"] !== seq) {
        return notChecked("No sweep has been through under this policy.", { policy: seq });
      }
      const { rows } = await inventory();
      const endless = rows.filter(({ withoutEnd, ...row }) => {
        const facts = { ...row, createdAt: clock.now(), expiresAt: null };
        return withoutEnd > 0 && endOf(facts as never, policy) !== null;
      });
      return found(endless.length === 0, "Rows without an end were held against the policy.", {
        endless: endless.reduce((sum, one) => sum + one.withoutEnd, 0),
      });
    },
  },
  {
    control: "expired-is-destroyed",
    rows: ["A21"],
    title: "What expired was destroyed by the sweep, but for what a hold keeps",
    async probe({ world: { store, audit, clock } }) {
      const before = (clock.now() - SWEPT_WITHIN_MS) as EpochMs;
      const expired = await store.expired(before, EXPIRED_MAX);
      let left = 0;
      for (const { subject } of expired) {
        const { holds } = await audit.store.facts(subject);
        if (holds.length === 0) left += 1;
      }
      return found(left === 0, "Rows that expired two days ago were looked for.", {
        held: expired.length - left,
        left,
      });
    },
  },
  {
    control: "sweep-runs",
    rows: ["A21"],
    title: "The sweep runs",
    async probe({ world: { audit, clock } }) {
      const last = await audit.store.lastEntry("access", SWEPT);
      const [first] = await audit.store.entries("ledger", { from: 0, limit: 1 });
      const now = clock.now();
      const old = first !== undefined && first.ts < now - SWEPT_WITHIN_MS;
      if (last === null && !old) return notChecked("The store is younger than two days.");
      const hours = last === null ? null : Math.floor((now - last.ts) / (DAY_MS / 24));
      const holds = last !== null && last.ts >= now - SWEPT_WITHIN_MS;
      return found(holds, "Its newest entry was read.", { hoursSince: hours });
    },
  },
  {
    control: "special-categories-end",
    rows: ["A21"],
    title: "A purpose with special categories has an end, or says in words why not",
    async probe({ world: { policy } }) {
      const open = Object.values(policy.purposes).filter((purpose) => {
        const special = (purpose.categories ?? []).filter((one) => isSpecial(one as CategoryId));
        return (
          purpose.retentionJustification === null &&
          special.some(
            (one) => !ends(purpose.retention) && !ends(policy.retention[one as CategoryId]),
          )
        );
      });
      return found(open.length === 0, "Every purpose was read.", {
        purposes: Object.keys(policy.purposes).length,
        withoutEnd: open.length,
      });
    },
  },
  {
    control: "evidence-ends",
    rows: ["B1"],
    title: "Evidence of consents goes when it stopped to matter",
    async probe({ world: { audit, policy, clock } }) {
      const days = rulesOf(policy).consentRecordRetentionDays.value ?? 0;
      const before = (clock.now() - days * DAY_MS - SWEPT_WITHIN_MS) as EpochMs;
      const held = await audit.store.hasHolds();
      const late = await audit.store.consentsWithEvidence(before, EXPIRED_MAX);
      return found(late.length === 0 || held, "Evidence older than the rule was looked for.", {
        days,
        late: late.length,
        holds: held,
      });
    },
  },
];

function ends(retention: string | null | undefined): boolean {
  const duration = retention ? parseDuration(retention) : null;
  return duration !== null && duration.months / 12 + duration.days / 365 <= YEARS_MAX;
}
