import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import {
  PROFILES,
  type BreachClock,
  type BreachThreshold,
  type Certainty,
  type LawProfile,
  type Period,
  type RequestClock,
} from "#law";

const PAGE = `${import.meta.dirname}/../../docs/reference/law.md`;

const SURE: Readonly<Record<Certainty, string>> = {
  statute: "read in the text",
  known: "known",
  secondary: "secondary: configurable",
  choice: "ours",
};

const period = (given: Period | undefined): string => {
  if (given === undefined) return "–";
  const { count, unit, rolls } = given;
  if (count === 0) return "at once";
  const one = count === 1 ? unit.slice(0, -1) : unit;
  return `${count} ${one.replace("-", " ")}${rolls === true ? ", then the next working day" : ""}`;
};

const requestRow = (law: LawProfile, right: string, clock: RequestClock): string =>
  `| ${law.name} | ${right} | ${period(clock.acknowledge ?? clock.first)} | ${period(clock.answer)} | ` +
  `${clock.final === true ? "none" : period(clock.extension)} | ${clock.article} | ${SURE[clock.certainty]} |`;

const threshold = (when: BreachThreshold | undefined): string => {
  if (when === undefined) return "any risk";
  if ("risk" in when) return "high risk";
  if ("affected" in when) return `${when.affected === "at-least" ? "≥" : "<"} ${when.count} people`;
  return `> ${when.residentsAbove} residents of ${when.of === "any-state" ? "one State" : when.of}`;
};

const within = ({ within: given }: BreachClock): string => {
  if (given === null) return "without undue delay";
  return "daysAfterYear" in given
    ? `${given.daysAfterYear} days after the calendar year`
    : period(given);
};

const breachRow = (law: LawProfile, clock: BreachClock): string =>
  `| ${law.name} | \`${clock.id}\` | ${clock.to} | ${threshold(clock.when)} | ${within(clock)} | ` +
  `${clock.from.replaceAll("-", " ")} | ${clock.article} | ${SURE[clock.certainty]} |`;

const figureRows = (law: LawProfile): readonly string[] =>
  Object.entries(law.figures).map(
    ([name, { value, unit, article, certainty }]) =>
      `| ${law.name} | ${name} | ${value}${unit === "year" ? "" : ` ${unit}`} | ${article} | ${SURE[certainty]} |`,
  );

/** The tables of the page, as the profiles have them. */
function tables(): string {
  const requests = PROFILES.flatMap((law) =>
    Object.entries(law.requests).map(([right, clock]) => requestRow(law, right, clock)),
  );
  return [
    "## Profiles",
    "",
    "| law | version | days begin and end in |",
    "|---|---|---|",
    ...PROFILES.map(
      ({ title, name, version, timeZone }) =>
        `| ${title} (\`${name}\`) | \`${version}\` | ${timeZone} |`,
    ),
    "",
    "## Requests",
    "",
    "| law | right | first | answer | extension | article | |",
    "|---|---|---|---|---|---|---|",
    ...requests,
    "",
    "## Breaches",
    "",
    "| law | clock | to | which | within | from | article | |",
    "|---|---|---|---|---|---|---|---|",
    ...PROFILES.flatMap((law) => law.breach.map((clock) => breachRow(law, clock))),
    "",
    "## Other numbers",
    "",
    "| law | what | number | article | |",
    "|---|---|---|---|---|",
    ...PROFILES.flatMap(figureRows),
    "",
  ].join("\n");
}

const page = readFileSync(PAGE, "utf8");
const start = page.indexOf("## Profiles");

test("docs/reference/law.md has every clock of every profile, as the profiles have it", () => {
  if (process.env["OUBLI_WRITE_DOCS"] === "1") {
    writeFileSync(PAGE, `${page.slice(0, start)}${tables()}`);
    return;
  }
  assert.equal(page.slice(start), tables());
});

test("every number names its article, and ours say that they are a choice", () => {
  for (const law of PROFILES) {
    const sourced = [...Object.values(law.requests), ...law.breach, ...Object.values(law.figures)];
    assert.ok(sourced.length > 0 || law.name === "none");
    for (const { article, certainty } of sourced) {
      assert.match(article, certainty === "choice" ? /^choice: / : /\d/);
    }
    assert.match(law.version, new RegExp(`^${law.name}-\\d{4}\\.\\d+$`));
  }
});
