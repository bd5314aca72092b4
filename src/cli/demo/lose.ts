import type { RecalledNode } from "#memory";

import { scopeOf } from "../erasure-answer.ts";
import type { Stored } from "../import/import-lines.ts";
import { count, memories, oneLine } from "../table.ts";
import { ask, refusalOf } from "./ask.ts";
import { scan } from "./begin.ts";
import type { Say } from "./report.ts";
import type { DemoWorld } from "./world.ts";

/** Each person takes one consent back. */
export async function withdraw(world: DemoWorld, say: Say): Promise<void> {
  const { withdrawn } = world.scenario;
  let [expected, erased, refused, valid] = [0, 0, 0, 0];
  const given = { policyVersion: "v1", mechanism: "chat", purpose: withdrawn };
  for (const { subject, stored, gone } of world.people) {
    const resting = stored.filter(({ purpose }) => purpose === withdrawn);
    expected += resting.length;
    for (const { node } of resting) gone.add(node);
    if (world.scenario.shown) showSome(resting, say);
    const done = await subject.consent.withdraw(given);
    for (const certificate of done.erased) {
      erased += scopeOf(certificate).nodes;
      valid += (await world.opened.oubli.verify(certificate)).valid ? 1 : 0;
      world.certificates.push(certificate);
    }
    const session = subject.session({ purpose: withdrawn });
    refused += (await refusalOf(() => session.recall(""))) === "CONSENT_MISSING" ? 1 : 0;
  }
  say.check(
    erased === expected && valid === world.certificates.length,
    `${memories(erased)} rested on it alone, and are erased: ` + count(valid, "certificate"),
  );
  say.check(
    refused === world.people.length,
    `from that moment, every recall for ${withdrawn} is refused: CONSENT_MISSING`,
  );
}

const SHOWN_MAX = 3;

function showSome(stored: readonly Stored[], say: Say): void {
  for (const { content } of stored.slice(0, SHOWN_MAX)) say.show(`erased: ${oneLine(content, 74)}`);
  if (stored.length > SHOWN_MAX) say.show(`and ${stored.length - SHOWN_MAX} more`);
}

/** Each person has one memory put right. */
export async function correct(world: DemoWorld, say: Say): Promise<void> {
  const { purpose } = world.scenario;
  let [newer, older] = [0, 0];
  for (const person of world.people) {
    const { corrected, correction } = person.choice;
    const done = await person.subject.correct(corrected.node, correction);
    world.certificates.push(done.certificate);
    person.gone.add(corrected.node);
    const found = await ask(person, purpose, correction);
    const isNew = ({ id, content, revision }: RecalledNode) =>
      id === corrected.node && content === correction && revision === done.revision;
    newer += found.nodes.some(isNew) ? 1 : 0;
    const asBefore = await ask(person, purpose, corrected.content);
    const isOld = ({ content }: RecalledNode) => content === corrected.content;
    older += [...found.nodes, ...asBefore.nodes].filter(isOld).length;
    if (!world.scenario.shown) continue;
    say.show(`before: ${oneLine(corrected.content, 74)}`);
    say.show(`after:  ${oneLine(correction, 74)}`);
  }
  const all = newer === world.people.length;
  say.check(
    all && older === 0,
    "recall finds the new text; asked in the old words, it does not find the old one",
  );
}

/** Each person has one memory forgotten. */
export async function forget(world: DemoWorld, say: Say): Promise<void> {
  const { purpose } = world.scenario;
  let [before, after, replays] = [0, 0, 0];
  for (const person of world.people) {
    const { forgotten } = person.choice;
    const isIt = ({ id }: { id: string }) => id === forgotten.node;
    if (world.scenario.shown) say.show(`forget: ${oneLine(forgotten.content, 76)}`);
    before += (await ask(person, purpose, forgotten.content)).nodes.filter(isIt).length;
    world.certificates.push(await person.subject.forget(forgotten.node));
    person.gone.add(forgotten.node);
    after += (await ask(person, purpose, forgotten.content)).nodes.filter(isIt).length;
    const replay = await refusalOf(() =>
      person.subject.session({ purpose }).remember(forgotten.content, {
        category: "other",
        source: { system: "import", event: forgotten.event! },
      }),
    );
    replays += replay === "REPLAY_OF_ERASED" ? 1 : 0;
  }
  const all = world.people.length;
  say.check(before === all && after === 0, "recall found it a moment ago, and does not now");
  say.check(replays === all, "the same event, imported again, is refused: REPLAY_OF_ERASED");
  const lost = world.people.flatMap(({ choice }) => [choice.forgotten, choice.corrected]);
  const residue = await scan(
    world.places,
    lost.map(({ content }) => content),
  );
  say.check(residue.clean, `a raw scan of the folder: ${residue.said}`);
}

/** Each person is erased. */
export async function erase(world: DemoWorld, say: Say): Promise<void> {
  const { oubli, stores } = world.opened;
  let [planned, unknown, rows, keys] = [0, 0, 0, 0];
  for (const { name, subject } of world.people) {
    planned += (await subject.plan()).nodes;
    world.certificates.push(await subject.erase());
    unknown += (await oubli.find(name)) === null ? 1 : 0;
    keys += (await stores.keys.liveRefs(subject.id)).length;
    const left = await stores.memory.residue(subject.id, { except: [] });
    rows += Object.values(left).reduce((sum, number) => sum + number, 0);
  }
  const all = world.people.length;
  say.check(
    keys === 0 && rows === 0,
    `${count(all, "person", "people")} with ${memories(planned)}: 0 keys and 0 rows are left`,
  );
  say.check(unknown === all, "nobody is found by their name any more");
  const texts = world.people.flatMap(({ stored }) => stored.map(({ content }) => content));
  const residue = await scan(world.places, texts);
  say.check(residue.clean, `a raw scan of the folder: ${residue.said}`);
}
