import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { EpochMs } from "#kernel";
import {
  breachDuties,
  CALENDARS,
  dateOf,
  dueAfterYear,
  dueAt,
  isWorkingDay,
  lawsInForce,
  requestClocks,
  warningsOf,
  type BreachFacts,
  type LawProfile,
  type Right,
} from "#law";
import { Temporal } from "temporal-polyfill";

// Goal: every clock of the profiles ends on the day that a reader of the article would name.
// Method: dates worked out by hand, from a printed calendar, before the code was run.

const NOON = "T12:00:00";

const law = (name: string): LawProfile =>
  lawsInForce([name, "ccpa"]).find((one) => one.name === name)!;

const instant = (local: string, { timeZone }: { timeZone: string }): EpochMs =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds as EpochMs;

/** The day on which a clock ends; and it ends with that day's last millisecond. */
function lastDay(at: EpochMs, place: { timeZone: string }): string {
  const day = dateOf(at, place);
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toString();
  assert.equal(dateOf((at + 1) as EpochMs, place), next, "it ends with the day's last hour");
  return day;
}

type Answered = readonly [received: string, answer: string, extended: string, why: string];

function answers(name: string, right: Right, rows: readonly Answered[]): void {
  const profile = law(name);
  for (const [received, answer, extendedTo, why] of rows) {
    test(`${right} received ${received}: ${answer}, extended ${extendedTo} (${why})`, () => {
      const clocks = requestClocks([profile], right, instant(received + NOON, profile));
      const [statutory] = clocks.statutory;
      assert.equal(lastDay(statutory!.dueAt, profile), answer);
      assert.equal(lastDay(statutory!.extendedTo!, profile), extendedTo);
    });
  }
}

describe("GDPR Art. 12(3): a month from receipt, two more with an extension", () => {
  answers("gdpr", "access", [
    ["2026-06-15", "2026-07-15", "2026-09-15", "the same date, on working days"],
    ["2026-08-31", "2026-09-30", "2026-11-30", "September has no 31st"],
    ["2026-05-31", "2026-06-30", "2026-08-31", "June has none, August has one"],
    ["2024-01-31", "2024-02-29", "2024-04-30", "a leap year's February"],
    ["2028-01-31", "2028-02-29", "2028-05-01", "a leap year; 30 April 2028 is a Sunday"],
    ["2028-01-30", "2028-02-29", "2028-05-01", "the 30th too"],
    ["2028-01-29", "2028-02-29", "2028-05-01", "and the 29th, which is there"],
    ["2028-02-29", "2028-03-29", "2028-05-29", "from the leap day on"],
    ["2027-02-28", "2027-03-29", "2027-05-28", "28 March 2027 is a Sunday"],
    ["2026-01-31", "2026-03-02", "2026-04-30", "28 February 2026 is a Saturday: Monday"],
    ["2026-01-28", "2026-03-02", "2026-04-28", "so for every day from the 28th on"],
    ["2026-03-05", "2026-04-06", "2026-06-05", "5 April 2026 is a Sunday"],
    ["2026-10-31", "2026-11-30", "2027-02-01", "31 January 2027 is a Sunday"],
    ["2026-11-25", "2026-12-28", "2027-02-25", "Christmas Day, a Friday: past the weekend"],
    ["2026-12-01", "2027-01-04", "2027-03-01", "New Year's Day, a Friday"],
    ["2025-12-01", "2026-01-02", "2026-03-02", "New Year's Day, a Thursday; then a Sunday"],
    ["2025-12-31", "2026-02-02", "2026-03-31", "31 January 2026 is a Saturday"],
    ["2026-11-30", "2026-12-30", "2027-03-01", "28 February 2027 is a Sunday"],
    ["2027-09-25", "2027-10-25", "2027-12-27", "Christmas Day 2027 is a Saturday: Monday"],
    ["2026-04-30", "2026-06-01", "2026-07-30", "30 May 2026 is a Saturday"],
    ["2026-02-27", "2026-03-27", "2026-05-27", "across the change of the clocks in March"],
  ]);

  test("the day of the receipt is the controller's: late in the evening it is still that day", () => {
    const { timeZone } = law("gdpr");
    const received = instant("2026-06-15T23:59:59", { timeZone });
    const [clock] = requestClocks([law("gdpr")], "access", received).statutory;
    assert.equal(new Date(clock!.dueAt).toISOString(), "2026-07-15T21:59:59.999Z");
  });

  test("a controller elsewhere has another midnight, and holidays of its own", () => {
    const changes = { gdpr: { timeZone: "Europe/Athens", holidays: ["2026-04-06"] } };
    const [, greek] = lawsInForce(["gdpr"], changes);
    const [clock] = requestClocks(
      [greek!],
      "access",
      instant(`2026-03-05${NOON}`, greek!),
    ).statutory;
    assert.equal(new Date(clock!.dueAt).toISOString(), "2026-04-07T20:59:59.999Z");
  });
});

describe("HIPAA: 30 days for access, 60 for an amendment, 30 more once; calendar days throughout", () => {
  answers("hipaa", "access", [
    ["2026-01-31", "2026-03-02", "2026-04-01", "28 days in February"],
    ["2028-01-31", "2028-03-01", "2028-03-31", "29 in a leap year"],
    ["2026-03-01", "2026-03-31", "2026-04-30", "31 in March"],
    ["2026-12-15", "2027-01-14", "2027-02-13", "a Saturday stays a Saturday"],
  ]);
  answers("hipaa", "rectification", [
    ["2026-02-01", "2026-04-02", "2026-05-02", "60, and 90"],
    ["2028-02-15", "2028-04-15", "2028-05-15", "across the leap day"],
  ]);
  answers("hipaa", "accounting", [["2026-01-31", "2026-04-01", "2026-05-01", "60, and 90"]]);

  test("HIPAA has no clock for an erasure: it has no such right", () => {
    assert.equal(law("hipaa").requests.erasure, undefined);
    assert.deepEqual(requestClocks(lawsInForce(["hipaa"]), "erasure", 0 as EpochMs).statutory, []);
  });
});

describe("CCPA: answers count calendar days, 45 and 90 in all", () => {
  answers("ccpa", "erasure", [
    ["2026-11-16", "2026-12-31", "2027-02-14", "a Sunday stays a Sunday"],
    ["2026-01-02", "2026-02-16", "2026-04-02", "Presidents' Day stays"],
    ["2028-01-16", "2028-03-01", "2028-04-15", "across the leap day"],
    ["2026-11-25", "2027-01-09", "2027-02-23", "over the new year"],
  ]);
});

describe("CCPA: acknowledgements count 10 business days, opt-outs 15", () => {
  const profile = law("ccpa");
  for (const [received, acknowledged, optedOut, why] of [
    ["2026-03-02", "2026-03-16", "2026-03-23", "no holiday between"],
    ["2026-11-16", "2026-12-01", "2026-12-08", "Thanksgiving"],
    ["2026-11-25", "2026-12-10", "2026-12-17", "Thanksgiving on the first day"],
    ["2026-11-07", "2026-11-23", "2026-12-01", "from a Saturday, Veterans Day, Thanksgiving"],
    ["2026-06-29", "2026-07-13", "2026-07-20", "4 July 2026 is a Saturday: no other day is kept"],
    ["2027-06-25", "2027-07-12", "2027-07-19", "4 July 2027 is a Sunday: Monday is kept"],
    ["2026-12-18", "2027-01-05", "2027-01-12", "Christmas and New Year"],
    ["2027-12-20", "2028-01-03", "2028-01-10", "both on a Saturday"],
    ["2026-01-02", "2026-01-16", "2026-01-26", "Martin Luther King Day"],
    ["2026-02-06", "2026-02-23", "2026-03-02", "Presidents' Day"],
    ["2026-05-15", "2026-06-01", "2026-06-08", "Memorial Day, the last Monday"],
    ["2026-09-01", "2026-09-16", "2026-09-23", "Labor Day, the first Monday"],
  ] as const) {
    test(`received ${received}: acknowledged by ${acknowledged}, opted out by ${optedOut} (${why})`, () => {
      const at = instant(received + NOON, profile);
      const deletion = requestClocks([profile], "erasure", at).statutory[0]!;
      assert.equal(lastDay(deletion.acknowledgeBy!, profile), acknowledged);
      const optOut = requestClocks([profile], "opt-out", at).statutory[0]!;
      assert.equal(lastDay(optOut.dueAt, profile), optedOut);
      assert.equal(optOut.extendedTo, null);
    });
  }
});

describe("LGPD: access at once in its simple form, the full statement in 15 days", () => {
  const profile = law("lgpd");
  for (const [received, statement] of [
    ["2026-02-12", "2026-02-27"],
    ["2028-02-20", "2028-03-06"],
    ["2026-12-23", "2027-01-07"],
    ["2025-04-16", "2025-05-01"],
  ] as const) {
    test(`received ${received}: simply the same day, in full by ${statement}`, () => {
      const at = instant(received + NOON, profile);
      const clock = requestClocks([profile], "access", at).statutory[0]!;
      assert.equal(lastDay(clock.firstBy!, profile), received);
      assert.equal(lastDay(clock.dueAt, profile), statement);
    });
  }
});

const breach = (at: EpochMs, more: Partial<BreachFacts> = {}): BreachFacts => ({
  awareAt: at,
  discoveredAt: at,
  individualsToldAt: null,
  affected: 1,
  residents: {},
  risk: "high",
  ...more,
});

function dutyOf(profile: LawProfile, id: string, facts: BreachFacts): EpochMs {
  return breachDuties([profile], facts).find(({ clock }) => clock.id === id)!.dueAt!;
}

describe("GDPR Art. 33(1): 72 hours count hours, by day and night", () => {
  const profile = law("gdpr");
  for (const [aware, due, why] of [
    ["2026-06-05T16:30:00Z", "2026-06-08T16:30:00Z", "from a Friday over the weekend"],
    ["2026-12-24T09:00:00Z", "2026-12-27T09:00:00Z", "over Christmas"],
    ["2028-02-28T08:00:00Z", "2028-03-02T08:00:00Z", "over the leap day"],
    ["2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z", "clocks go forward: 73 hours on the wall"],
    ["2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z", "clocks go back: 71 hours on the wall"],
    [
      "2026-12-31T23:59:59.999Z",
      "2027-01-03T23:59:59.999Z",
      "over the new year, to the millisecond",
    ],
  ] as const) {
    test(`aware ${aware}: due ${due} (${why})`, () => {
      const end = dutyOf(profile, "authority", breach(Date.parse(aware) as EpochMs));
      assert.equal(end, Date.parse(due));
    });
  }
});

describe("breach clocks that count days", () => {
  for (const [name, id, known, due, why] of [
    ["hipaa", "individuals", "2026-01-31", "2026-04-01", "60 days"],
    ["hipaa", "individuals", "2028-01-31", "2028-03-31", "60 days over the leap day"],
    ["hipaa", "individuals", "2026-12-15", "2027-02-13", "a Saturday is no excuse"],
    ["hipaa", "hhs-yearly", "2025-06-01", "2026-03-01", "60 days after a year"],
    ["hipaa", "hhs-yearly", "2027-11-30", "2028-02-29", "the next year is a leap year"],
    ["hipaa", "hhs-yearly", "2026-12-31", "2027-03-01", "discovered on its last day"],
    ["hipaa", "hhs-yearly", "2028-01-01", "2029-03-01", "discovered on its first"],
    ["sb446", "individuals", "2026-01-31", "2026-03-02", "30 calendar days"],
    ["sb446", "individuals", "2028-02-01", "2028-03-02", "30 over the leap day"],
    ["lgpd", "authority", "2026-01-15", "2026-01-20", "Thursday to Tuesday"],
    ["lgpd", "authority", "2026-04-01", "2026-04-07", "Good Friday"],
    ["lgpd", "authority", "2025-04-16", "2025-04-23", "Good Friday and Tiradentes"],
    ["lgpd", "individuals", "2026-11-18", "2026-11-24", "20 November, a holiday since 2024"],
    ["lgpd", "individuals", "2023-11-17", "2023-11-22", "and none before"],
    ["lgpd", "authority", "2026-12-23", "2026-12-29", "Christmas"],
    ["lgpd", "authority", "2026-09-03", "2026-09-09", "Independence Day"],
    ["lgpd", "authority", "2026-04-30", "2026-05-06", "May Day"],
  ] as const) {
    test(`${name} ${id}, known ${known}: ${due} (${why})`, () => {
      const profile = law(name);
      assert.equal(
        lastDay(dutyOf(profile, id, breach(instant(known + NOON, profile))), profile),
        due,
      );
    });
  }

  test("the year of a discovery is the year where the law is: five hours west it is still December", () => {
    const facts = breach(Date.parse("2027-01-01T03:00:00Z") as EpochMs);
    assert.equal(lastDay(dutyOf(law("hipaa"), "hhs-yearly", facts), law("hipaa")), "2027-03-01");
  });

  test("the Attorney General's 15 days run from the letters, or from the last day that they have", () => {
    const profile = law("sb446");
    const facts = breach(instant(`2026-01-31${NOON}`, profile), { residents: { "US-CA": 501 } });
    assert.equal(lastDay(dutyOf(profile, "attorney-general", facts), profile), "2026-03-17");
    const told = { ...facts, individualsToldAt: instant(`2026-02-10${NOON}`, profile) };
    assert.equal(lastDay(dutyOf(profile, "attorney-general", told), profile), "2026-02-25");
  });
});

describe("a day is as long as its clocks say", () => {
  for (const [received, due, why] of [
    ["2026-02-28T12:00:00", "2026-03-31T03:59:59.999Z", "New York goes forward on 8 March"],
    ["2026-10-15T12:00:00", "2026-11-15T04:59:59.999Z", "and back on 1 November"],
  ] as const) {
    test(`30 days from ${received} end ${due} (${why})`, () => {
      const profile = law("hipaa");
      const at = instant(received, profile);
      const [clock] = requestClocks([profile], "access", at).statutory;
      assert.equal(new Date(clock!.dueAt).toISOString(), due);
    });
  }

  test("a zone whose midnight is skipped still has an end of the day", () => {
    const cairo = { timeZone: "Africa/Cairo", calendar: CALENDARS.european };
    const at = dueAt({ count: 1, unit: "days" }, instant("2026-04-22T12:00:00", cairo), cairo);
    assert.equal(new Date(at).toISOString(), "2026-04-23T21:59:59.999Z");
  });
});

describe("several laws at once", () => {
  const at = Date.parse("2026-07-01T12:00:00Z") as EpochMs;

  test("the office's own date is the earliest of all; each statute's stands beside it", () => {
    const clocks = requestClocks(lawsInForce(["gdpr", "hipaa", "ccpa", "lgpd"]), "access", at);
    assert.deepEqual(
      clocks.statutory.map(({ law: name, dueAt: due }) => [
        name,
        new Date(due).toISOString().slice(0, 10),
      ]),
      [
        ["gdpr", "2026-08-03"],
        ["hipaa", "2026-08-01"],
        ["ccpa", "2026-08-16"],
        ["lgpd", "2026-07-17"],
      ],
    );
    assert.equal(clocks.dueAt, clocks.statutory[3]!.dueAt);
    assert.equal(clocks.extendedTo, null, "the LGPD has no extension");
  });

  test("an extension ends with the first law that it ends for", () => {
    const clocks = requestClocks(lawsInForce(["gdpr", "hipaa", "ccpa"]), "access", at);
    assert.equal(new Date(clocks.extendedTo!).toISOString(), "2026-08-31T03:59:59.999Z");
  });

  test("an erasure is due within 30 days whatever the laws, and is never extended", () => {
    for (const packs of [["gdpr"], ["ccpa"], ["hipaa"], ["lgpd"]]) {
      const clocks = requestClocks(lawsInForce(packs), "erasure", at);
      assert.equal(new Date(clocks.dueAt).toISOString(), "2026-07-31T23:59:59.999Z");
      assert.equal(clocks.extendedTo, null);
    }
  });

  test("half and four fifths of the time are warned of", () => {
    assert.deepEqual(warningsOf(at, (at + 1000) as EpochMs), [at + 500, at + 800]);
  });
});

describe("thresholds", () => {
  const at = Date.parse("2026-07-01T12:00:00Z") as EpochMs;
  const ids = (more: Partial<BreachFacts>): string[] =>
    breachDuties([law("hipaa"), law("sb446"), law("gdpr")], breach(at, more)).map(
      ({ law: name, clock }) => `${name} ${clock.id}`,
    );

  test("HHS hears with the individuals from 500 people on, below that after the year", () => {
    assert.ok(ids({ affected: 500 }).includes("hipaa hhs"));
    assert.ok(!ids({ affected: 500 }).includes("hipaa hhs-yearly"));
    assert.ok(ids({ affected: 499 }).includes("hipaa hhs-yearly"));
    assert.ok(!ids({ affected: 499 }).includes("hipaa hhs"));
  });

  test("the media hear of more than 500 residents of one State, not of 500, and not of two States' sum", () => {
    assert.ok(ids({ residents: { "US-TX": 501 } }).includes("hipaa media"));
    assert.ok(!ids({ residents: { "US-TX": 500, "US-NY": 500 } }).includes("hipaa media"));
  });

  test("the Attorney General hears of more than 500 Californians alone", () => {
    assert.ok(ids({ residents: { "US-CA": 501 } }).includes("sb446 attorney-general"));
    assert.ok(
      !ids({ residents: { "US-CA": 500, "US-TX": 900 } }).includes("sb446 attorney-general"),
    );
  });

  test("GDPR's letters need a high risk; without any risk there is no notice at all", () => {
    assert.ok(ids({ risk: "high" }).includes("gdpr individuals"));
    assert.ok(!ids({ risk: "some" }).includes("gdpr individuals"));
    assert.deepEqual(ids({ risk: "none" }), []);
  });
});

describe("what a configuration may change", () => {
  test("the number of a clock that is known from a secondary source", () => {
    const [, , changed] = lawsInForce(["ccpa"], { sb446: { breach: { individuals: 45 } } });
    const at = instant(`2026-01-31${NOON}`, changed!);
    assert.equal(lastDay(dutyOf(changed!, "individuals", breach(at)), changed!), "2026-03-17");
  });

  test("its threshold, and another number that is known so", () => {
    const changes = {
      sb446: { thresholds: { "attorney-general": 250 } },
      lgpd: { figures: { incidentRegister: 6 } },
      hipaa: { thresholds: { media: 250 }, figures: { documentation: 1 } },
    };
    const laws = lawsInForce(["ccpa", "lgpd", "hipaa"], changes);
    const facts = breach(0 as EpochMs, { residents: { "US-CA": 300 } });
    const ids = new Set(breachDuties(laws, facts).map(({ clock }) => clock.id));
    assert.ok(ids.has("attorney-general") && !ids.has("media"));
    const figures = Object.assign({}, ...laws.map((one) => one.figures)) as LawProfile["figures"];
    assert.equal(figures["incidentRegister"]!.value, 6);
    assert.equal(figures["documentation"]!.value, 6);
  });

  test("no number that was read in the statute", () => {
    const [, gdpr] = lawsInForce(["gdpr"], { gdpr: { breach: { authority: 1000 } } });
    assert.deepEqual(gdpr!.breach, law("gdpr").breach);
  });
});

describe("bad clocks", () => {
  const place = { timeZone: "UTC", calendar: CALENDARS.european };
  for (const [what, at] of [
    ["before 1970", -1],
    ["long before", Date.UTC(1900, 0, 1)],
    ["not a number", Number.NaN],
    ["endless", Number.POSITIVE_INFINITY],
    ["half a millisecond", 0.5],
    ["in the year 9000", Date.UTC(9000, 0, 1)],
  ] as const) {
    test(`an instant that is ${what} is refused`, () => {
      const code = "INPUT_INVALID";
      assert.throws(() => dueAt({ count: 72, unit: "hours" }, at as EpochMs, place), { code });
      assert.throws(() => dueAt({ count: 1, unit: "months" }, at as EpochMs, place), { code });
      assert.throws(() => dueAfterYear(60, at as EpochMs, place), { code });
      assert.throws(() => dateOf(at as EpochMs, place), { code });
    });
  }
});

describe("Easter moves, and Good Friday with it", () => {
  for (const day of ["2024-03-29", "2025-04-18", "2026-04-03", "2027-03-26", "2028-04-14"]) {
    test(`${day} is Good Friday`, () => {
      assert.equal(isWorkingDay(Temporal.PlainDate.from(day), CALENDARS.brazilian), false);
      assert.equal(isWorkingDay(Temporal.PlainDate.from(day), CALENDARS.european), true);
    });
  }
});
