import { existsSync } from "node:fs";

import type { Oubli } from "#engine";

import { textNeedle, missedByControl, scanFolders } from "../doctor/residue.ts";
import { importLines, type Stored } from "../import/import-lines.ts";
import { linesOf } from "../import/parse-line.ts";
import type { Opened } from "../open.ts";
import { count } from "../table.ts";
import type { Say } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import type { Person, Places } from "./world.ts";

const NOTICE = { policyVersion: "v1", mechanism: "chat" };

/** Registers people and takes their consent, then remembers what they said. */
export async function remember(
  scenario: Scenario,
  { oubli, stores }: Opened,
  say: Say,
  onProgress: (memories: number) => void,
): Promise<readonly Person[]> {
  const sessions = await sessionsOf(scenario);
  for (const name of sessions.people) await register(oubli, scenario, name);
  const stored: Stored[] = [];
  const report = await importLines(oubli, scenario.file, {
    subject: null,
    purpose: scenario.purpose,
    purposes: [scenario.withdrawn],
    purposeOf: scenario.purposeOf,
    category: null,
    consent: null,
    strict: false,
    onStored: (memory) => stored.push(memory),
    onProgress,
  });
  const people: Person[] = [];
  let keys = 0;
  for (const name of sessions.people) {
    const subject = (await oubli.find(name))!;
    const own = stored.filter((memory) => memory.subject === name);
    keys += (await stores.keys.liveRefs(subject.id)).length;
    people.push({ name, subject, stored: own, choice: scenario.choose(own), gone: new Set() });
  }
  const { turns, lines } = sessions;
  const whole = report.stored === turns && report.malformed.length === 0;
  const other = stored.filter(({ purpose }) => purpose === scenario.withdrawn).length;
  say.check(whole, `${count(turns, "turn")} of ${count(lines, "session")} are remembered`);
  say.check(keys === turns, `each is sealed under a key of its own: ${count(keys, "key")}`);
  const main = turns - other;
  say.check(
    other > 0 && main > 0,
    `${main} for the purpose ${scenario.purpose}, ${other} for ${scenario.withdrawn}`,
  );
  return people;
}

async function sessionsOf({ file }: Scenario) {
  const people = new Set<string>();
  let [turns, lines] = [0, 0];
  for await (const { subject, memories } of linesOf(file)) {
    if (subject !== null) people.add(subject);
    turns += memories.length;
    lines += 1;
  }
  return { people: [...people], turns, lines };
}

async function register(oubli: Oubli, { purpose, withdrawn, purposes }: Scenario, name: string) {
  const consented = oubli.policy.purposes[purpose]?.basis === "consent";
  const person = await oubli.subject(name, consented ? { consent: { ...NOTICE, purpose } } : {});
  const explicit = purposes[withdrawn]?.condition === "explicit-consent";
  await person.consent.grant({ ...NOTICE, purpose: withdrawn, explicit });
}

/** How many texts a scan looks for: each costs a dozen passes over every file. */
const TEXTS_MAX = 50;

/** A short text may stand in a file by chance, and says nothing. */
const TEXT_LENGTH_MIN = 24;

/** Looks for texts in every file of store and root, and shows that it would find them. */
export async function scan(
  { data, root }: Places,
  texts: readonly string[],
): Promise<{ readonly clean: boolean; readonly said: string }> {
  const needles = sampleOf(texts).map((text, at) => textNeedle(`text-${at}`, text));
  const missed = await missedByControl(needles.slice(0, 1));
  const { files, hits } = await scanFolders(
    [data, root].filter((folder) => existsSync(folder)),
    needles,
  );
  const encodings = new Set(needles.flatMap(({ patterns }) => patterns.map((one) => one.encoding)));
  const short = texts.filter((text) => text.length < TEXT_LENGTH_MIN).length;
  const why = needles.length + short === texts.length ? "others too short" : "a sample";
  const control = missed.length === 0 ? "is found" : "is MISSED";
  return {
    clean: needles.length > 0 && missed.length === 0 && hits.length === 0,
    said:
      `${count(hits.length, "hit")} for ${needles.length} of ${count(texts.length, "text")} ` +
      `${needles.length < texts.length ? `(${why}) ` : ""}in ` +
      `${count(files, "file")}, ${encodings.size} encodings; a planted copy ${control}`,
  };
}

/** Texts from the whole range, where there are too many. */
function sampleOf(texts: readonly string[]): readonly string[] {
  const long = texts.filter((text) => text.length >= TEXT_LENGTH_MIN);
  const every = Math.max(1, Math.ceil(long.length / TEXTS_MAX));
  return long.filter((_, at) => at % every === 0);
}
