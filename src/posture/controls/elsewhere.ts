import { spentByDay } from "#analytics";
import { dutiesOf } from "#breach";
import { HOUR_MS, type Word } from "#kernel";
import { lawsOf } from "#law";
import { purposeOf } from "#policy";

import { found, notBuilt, notChecked, type Control } from "../control.ts";

/** The longest that an authority may wait. @source GDPR Art. 33(1) */
const AUTHORITY_HOURS = 72;

/** Other systems, the office's clocks, and analytics. */
export const ELSEWHERE_CONTROLS: readonly Control[] = [
  {
    control: "other-systems-answer",
    rows: ["B3", "B4"],
    title: "Every other system that holds people is there, and fits its declaration",
    async probe({ oubli, world: { policy } }) {
      const known = Object.keys(policy.sources ?? {}).length;
      if (known === 0) return notChecked("No other system is registered.");
      const checked = await oubli.sources.check();
      if (checked.length === 0) {
        return notChecked("This process has none of their functions: check in the application's.", {
          known,
        });
      }
      const findings = checked.flatMap((one) => one.findings);
      const errors = findings.filter(({ level }) => level === "error");
      return found(errors.length === 0, "Each was asked to look at itself.", {
        known,
        asked: checked.length,
        errors: errors.length,
        warnings: findings.length - errors.length,
        first: errors[0]?.code ?? null,
      });
    },
  },
  {
    control: "other-systems-say-when-backups-end",
    rows: ["B5"],
    title: "Every other system that erases says how long its own backups last",
    async probe({ world: { policy } }) {
      const all = Object.values(policy.sources ?? {});
      const erasing = all.filter(({ can }) => can.some((one) => (one as string) === "erase"));
      if (erasing.length === 0) return notChecked("No other system that erases is registered.");
      const silent = erasing.filter(({ backupsEnd }) => backupsEnd === null).length;
      const says = "The declarations were read; without an end no tombstone is kept.";
      const facts = { erasing: erasing.length, silent };
      return silent > 0 ? notChecked(says, facts) : found(true, says, facts);
    },
  },
  {
    control: "retention-counts-first",
    rows: ["B7"],
    title: "A retention run says beforehand what it would remove, and nothing is long over",
    async probe({ oubli, world: { clock, audit, policy } }) {
      // What these keep ends by their own means alone: Oubli cannot say whether it does.
      const endless = Object.entries(policy.sources ?? {})
        .filter(([, { can }]) => !can.some((one) => (one as string) === "retention"))
        .map(([name]) => name as Word);
      const size = (await audit.store.head("ledger")).size;
      const planned = await oubli.retention.plan();
      const written = (await audit.store.head("ledger")).size - size;
      const failing = planned.filter(({ over }) => over === null).length;
      const now = clock.now();
      const ahead = planned.filter(({ before }) => before > now).length;
      return found(failing + ahead === 0 && planned.length > 0, "A dry run was made.", {
        rules: planned.length,
        over: planned.reduce((sum, { over }) => sum + (over ?? 0), 0),
        failing,
        entriesWritten: written,
        systemsWithoutRule: endless.length,
        firstWithoutRule: endless[0] ?? null,
      });
    },
  },
  {
    control: "breach-terms-are-known",
    rows: ["B8"],
    title: "A critical breach of now would be due at the authority within 72 hours",
    async probe({ world }) {
      const now = world.clock.now();
      const duties = dutiesOf(lawsOf(world.policy), {
        severity: "critical",
        risk: "high",
        detectedAt: now,
        awareAt: now,
        discoveredAt: now,
        began: null,
        ended: null,
        affected: 1,
        items: 1,
        residents: {},
        encrypted: null,
        delay: null,
        individualsToldAt: null,
        fourFactors: null,
      });
      const authority = duties.find(({ to, dueAt }) => to === "authority" && dueAt !== null);
      const hours = authority === undefined ? null : (authority.dueAt! - now) / HOUR_MS;
      const people = duties.some(({ to }) => to === "individuals");
      const holds = hours !== null && hours <= AUTHORITY_HOURS && people;
      return found(holds, "Duties of every law in force were reckoned.", {
        duties: duties.length,
        authorityHours: hours === null ? null : Math.floor(hours),
        peopleAreTold: people,
      });
    },
  },
  {
    control: "somebody-is-alerted",
    rows: ["B8"],
    title: "Somebody is told of a breach, and it is said who they are",
    async probe({ world: { notifiers, policy } }) {
      const officer = policy.controller?.dpo ?? policy.controller;
      if (notifiers.length === 0) {
        return notChecked("This process has no notifier: check in the application's.", {
          officer: officer !== undefined,
        });
      }
      return found(officer !== undefined, "Notifiers and the controller's officer were read.", {
        notifiers: notifiers.length,
        officer: officer !== undefined,
      });
    },
  },
  {
    control: "budget-refuses",
    rows: ["B11"],
    title: "No day's budget of published counts was overspent, and none was given back",
    async probe({ world, inspection, told }) {
      const { analytics } = world.policy;
      if (analytics === undefined) return notChecked("No event is counted.");
      const days = spentByDay((await told()).published);
      const overspent = days.filter(({ spent, limit }) => spent > limit).length;
      let [pastItsLimit, givenBack] = [0, 0];
      for (const { tenant, day, spent: told, limit } of days) {
        const [row] = await world.tallies.spent(tenant, { from: day, to: day });
        const spent = row?.spent ?? 0;
        if (spent > limit) pastItsLimit += 1;
        // The budget goes before the entry: of what was told, nothing may be left to spend again.
        if (spent < told) givenBack += 1;
      }
      const rows = (await inspection()).counts.daysOverspent;
      const consented = purposeOf(world.policy, "analytics")?.basis === "consent";
      return found(
        rows + overspent + pastItsLimit + givenBack === 0 && consented,
        "Every day was held against what was published of it, under the limit of its time.",
        {
          events: Object.keys(analytics.events).length,
          daysPublished: days.length,
          daysOverspent: Math.max(rows, overspent, pastItsLimit),
          daysGivenBack: givenBack,
          restsOnConsent: consented,
        },
      );
    },
  },
  {
    control: "duties-are-told",
    rows: ["A23"],
    title: "A session says which notices are due: that it is a machine, breaks, crisis help",
    probe: async () => notBuilt("This version has no such notices."),
  },
];
