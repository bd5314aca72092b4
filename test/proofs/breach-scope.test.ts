import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { affectedPeople, questionOf, type AffectedPerson } from "#breach";
import { openTestOubli, openWith, type Oubli, type ScopeAsked, type TestClock } from "#engine";
import { word, type EpochMs } from "#kernel";
import { defineConfig } from "#policy";

import { PURPOSES } from "../spec/world.ts";
import { liveBreach, type BreachHistory, type Epochs } from "./support/breach-history.ts";
import { newGround, openGround } from "./support/ground.ts";
import { randomOf, type Random } from "./support/random.ts";
import { movableClock, OFFICER, REGION } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: from a window, an actor, a session, a key or a region, the log gives exactly the people, items
// and categories that were affected. Method: random histories are lived through the product's face, and
// what each call answered is kept beside it; then both are asked the same, and compared.

const HISTORIES = THOROUGH ? 1000 : 20;
const ACTS = 25;

/** Histories in one store: each is another controller's, so that none may show in another's answer. */
const PER_STORE = 10;

interface Answer {
  readonly people: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

async function told(oubli: Oubli, asked: ScopeAsked): Promise<Answer> {
  const people: Record<string, Record<string, readonly string[]>> = {};
  for await (const { subject, items } of oubli.as(OFFICER).breach.affected(asked)) {
    people[subject] = Object.fromEntries(
      items.map(({ id, categories }) => [id, categories.toSorted()]),
    );
  }
  return { people };
}

function truth(history: BreachHistory, asked: ScopeAsked, epochs: Epochs): Answer {
  const people: Record<string, Record<string, readonly string[]>> = {};
  const add = (
    subject: string,
    items: readonly { id: string; categories: readonly string[] }[],
  ) => {
    const of = (people[subject] ??= {});
    for (const { id, categories } of items) of[id] = categories.toSorted();
  };
  const key = asked.key as { readonly epoch?: number; readonly subject?: string } | undefined;
  const life = key?.epoch === undefined ? null : epochs.get(key.epoch)!;
  const from = Math.max(Number(asked.from ?? -Infinity), life?.from ?? -Infinity);
  const until = Math.min(Number(asked.until ?? Infinity), life?.until ?? Infinity);
  if (key !== undefined || (asked.region !== undefined && asked.actor === undefined)) {
    for (const { subject, items } of history.people) {
      if (key?.subject !== undefined && key.subject !== subject.id) continue;
      const held = items.filter(({ born, died }) => born < until && died >= from);
      if (held.length > 0) add(subject.id, held);
    }
    return { people };
  }
  for (const { at, actor, session, person, items } of history.releases) {
    if (at < from || at >= until) continue;
    if (asked.actor !== undefined && asked.actor !== actor) continue;
    if (asked.session !== undefined && asked.session !== session) continue;
    const exported = actor === OFFICER.id;
    if (items.length > 0 || exported) add(person.subject.id, items);
  }
  return { people };
}

/** Questions of every kind, with windows whose edges are times at which something happened. */
function questions(history: BreachHistory, epochs: Epochs, random: Random): ScopeAsked[] {
  const times = history.times.toSorted((left, right) => left - right);
  const window = (): { from?: number; until?: number } => {
    const [left, right] = [random.pick(times)!, random.pick(times)!].sort((a, b) => a - b);
    const edges = { from: left!, until: right! + (left === right ? 1 : 0) };
    return random.pick([edges, { from: edges.from }, { until: edges.until }])!;
  };
  const acted = new Set(history.releases.map(({ actor }) => actor));
  const actor = random.pick([...acted]);
  const session = random.pick(history.sessions);
  const { subject } = random.pick(history.people)!;
  const epoch = random.pick([...epochs.keys()])!;
  return [
    window(),
    ...(actor === undefined ? [] : [{ actor }, { actor, ...window() }]),
    ...(session === undefined ? [] : [{ session: session as never }]),
    { key: { subject: subject.id } },
    { key: { subject: subject.id }, ...window() },
    { key: { epoch } },
    { key: { epoch }, ...window() },
    { region: history.people[0]!.subject.region, ...window() },
  ];
}

/** Lives one history in a store, asks, and compares. @returns how many items were named. */
async function compare(
  place: {
    readonly oubli: Oubli;
    readonly clock: TestClock;
    readonly epochs: Epochs;
  },
  seed: number,
): Promise<number> {
  const random = randomOf(seed);
  const oubli = place.oubli.tenant(`controller-${seed}`);
  const history = await liveBreach({ ...place, oubli }, random, ACTS);
  let named = 0;
  for (const asked of questions(history, place.epochs, random)) {
    const expected = truth(history, asked, place.epochs);
    const answer = await told(oubli, asked);
    assert.deepEqual(answer, expected, `seed ${seed}: ${JSON.stringify(asked)}`);
    const totals = await oubli.as(OFFICER).breach.scope(asked);
    const items = Object.values(expected.people).flatMap((of) => Object.values(of));
    assert.equal(totals.people, Object.keys(expected.people).length);
    assert.equal(totals.items, items.length);
    assert.ok(totals.complete);
    const counts: Record<string, number> = {};
    for (const category of items.flat()) counts[category] = (counts[category] ?? 0) + 1;
    const toldCounts = totals.categories.map(({ category, items: count }) => [category, count]);
    assert.deepEqual(Object.fromEntries(toldCounts), counts);
    named += items.length;
  }
  return named;
}

describe("the log gives exactly whom and what an incident reached", () => {
  test(`on ${HISTORIES} random histories, in files`, async () => {
    let named = 0;
    for (let first = 0; first < HISTORIES; first += PER_STORE) {
      await using oubli = await openTestOubli({ purposes: PURPOSES });
      const epochs: Epochs = new Map([[1, { from: -Infinity, until: Infinity }]]);
      for (let seed = first; seed < first + PER_STORE; seed += 1) {
        named += await compare({ oubli, clock: oubli.clock, epochs }, seed);
      }
    }
    assert.ok(named > HISTORIES * 20, "a proof over empty answers would pass for ever");
  });

  test("on a server with several access logs", async () => {
    const still = movableClock();
    const clock: TestClock = { now: still.now, advance: ({ ms = 0 }) => still.advance(ms) };
    await using ground = await newGround("postgres");
    const config = defineConfig({
      purposes: PURPOSES,
      regions: { [REGION]: { jurisdictions: ["*"], store: ground.store! } },
    });
    const stores = await openGround(ground, clock);
    const options = { clock, sweep: "manual" } as const;
    await using oubli = await openWith(stores, config, REGION, false, options);
    assert.ok(oubli.audit.logs.length > 2);
    const epochs: Epochs = new Map([[1, { from: -Infinity, until: Infinity }]]);
    for (let seed = 5000; seed < 5000 + (THOROUGH ? 30 : 1); seed += 1) {
      await compare({ oubli, clock, epochs }, seed);
    }
  });

  test("with as little in memory as it is told, in more passes, and the same answer", async () => {
    const still = movableClock();
    const clock: TestClock = { now: still.now, advance: ({ ms = 0 }) => still.advance(ms) };
    await using ground = await newGround("sqlite");
    const stores = await openGround(ground, clock);
    const config = defineConfig({
      purposes: PURPOSES,
      regions: { [REGION]: { jurisdictions: ["*"], store: `sqlite:${ground.folder}/data` } },
    });
    const options = { clock, sweep: "manual" } as const;
    await using oubli = await openWith(stores, config, REGION, false, options);
    const epochs: Epochs = new Map([[1, { from: -Infinity, until: Infinity }]]);
    const history = await liveBreach({ oubli, clock, epochs }, randomOf(7), 60);
    const all = { from: 0 as EpochMs, until: null, actor: null, session: null, epoch: null };
    for (const held of [false, true]) {
      const question = questionOf(word("default"), { ...all, subject: null, held });
      const answers: AffectedPerson[][] = [];
      for (const itemsMax of [1, 3, 1000]) {
        const people: AffectedPerson[] = [];
        for await (const one of affectedPeople(stores.audit, question, { itemsMax })) {
          people.push(one);
        }
        answers.push(people.sort((left, right) => (left.subject < right.subject ? -1 : 1)));
      }
      assert.deepEqual(answers[0], answers[2]);
      assert.deepEqual(answers[1], answers[2]);
      assert.ok(answers[2]!.length > 1 && answers[2]!.some(({ items }) => items.length > 3));
    }
    assert.ok(history.people.length > 1);
  });
});
