import { accessLogOf } from "#audit";
import { openWith, type Oubli, type Stores, type Subject } from "#engine";
import { word, type EpochMs, type NodeId, type SubjectId } from "#kernel";
import { memoryRootProvider } from "#keys";
import type { NodeKind } from "#memory";
import { defineConfig } from "#policy";
import { openAuditStore, openKeyStore, openMemoryStore, openNotaryStore } from "#store";

import { hashEmbedder } from "./residue-world.ts";

/** People of two controllers. Two of them have the same name, and are not the same person. */
const PEOPLE = [
  ["acme", "ada"],
  ["acme", "ben"],
  ["rival", "ada"],
  ["rival", "cyd"],
] as const;

const PURPOSE = "support";
const KINDS: readonly NodeKind[] = ["memory", "derived", "block", "edge"];
const CONSENT = { policyVersion: "v1", mechanism: "form" } as const;
export const CLOCK = { now: () => Date.UTC(2026, 0, 1) as EpochMs };

const CONFIG = defineConfig({
  purposes: {
    [PURPOSE]: { basis: "contract", categories: ["preference"], retention: "P1Y" },
    marketing: { basis: "consent", categories: ["preference"], retention: "P1Y" },
  },
});

export interface Person {
  readonly tenant: string;
  readonly name: string;
  /** A word that stands in each of their memories, and in nobody else's. */
  readonly token: string;
  /** As their application sees them; another subject once they were erased and came again. */
  app: Subject;
  /** As the privacy officer of their controller does. */
  officer: Subject;
  readonly nodes: NodeId[];
  /** Ids of theirs that no other person's call may show. */
  readonly ids: string[];
  /** Others' ids that they named in a hold: they are told what they named, there or not. */
  readonly named: Set<string>;
}

export interface World extends AsyncDisposable {
  readonly oubli: Oubli;
  readonly stores: Stores;
  readonly people: readonly Person[];
}

export function memoryStores(): Stores {
  const audit = openAuditStore(":memory:");
  return {
    audit,
    cases: audit.cases,
    tallies: audit.tallies,
    keys: openKeyStore(":memory:"),
    memory: openMemoryStore(":memory:"),
    notary: openNotaryStore(":memory:"),
    root: memoryRootProvider({ clock: CLOCK }),
  };
}

export function openOver(stores: Stores, region = "default"): Promise<Oubli> {
  const options = { clock: CLOCK, sweep: "manual", embedder: hashEmbedder } as const;
  return openWith(stores, CONFIG, region, false, options);
}

/**
 * @param through Stands between the engine and its stores.
 * @param mark Tells the controllers of this world from those of another in the same stores.
 */
export async function openWorld(
  count: number = PEOPLE.length,
  stores: Stores = memoryStores(),
  through: (stores: Stores) => Stores = (same) => same,
  mark = "",
): Promise<World> {
  const oubli = await openOver(through(stores));
  const people: Person[] = [];
  for (const [controller, name] of PEOPLE.slice(0, count)) {
    const tenant = `${controller}${mark}`;
    const person = {
      tenant,
      name,
      token: `token${tenant}${name}`,
      nodes: [],
      ids: [],
      named: new Set<string>(),
    };
    const handles = await handlesOf(oubli, person);
    people.push({ ...person, ...handles });
  }
  for (const person of people) await settle(person);
  return { oubli, stores, people, [Symbol.asyncDispose]: () => oubli.close() };
}

/** Some memories that answer the same questions as everybody's, and one of each other thing. */
async function settle(person: Person): Promise<void> {
  const { app, officer, token, nodes, ids } = person;
  const chat = app.session({ purpose: PURPOSE, thread: "home" });
  const texts = [`${token} likes strong tea`, `${token} likes walks by the sea`];
  const messages = texts.map((content) => ({ role: "user" as const, content }));
  nodes.push(...(await chat.remember(messages, { idempotencyKey: "first" })).nodes);
  const [tea, sea] = nodes as [NodeId, NodeId];
  nodes.push((await chat.derive([tea, sea], () => `${token} in short`)).nodes[0]!);
  nodes.push(await chat.link(tea, sea, "next_to"));
  await app.consent.grant({ purpose: "marketing", ...CONSENT, ipAddress: "203.0.113.7" });
  const restriction = await officer.restrict({
    ground: "accuracy-contested",
    purpose: "marketing",
  });
  const hold = await officer.hold({ case: "c-1", reason: "legal-claims", nodes: [sea] });
  ids.push(app.id, ...nodes, restriction.id, hold.id);
}

export interface Act {
  readonly name: keyof typeof ACTS;
  readonly other: number;
  readonly pick: number;
}

interface Stage {
  readonly me: Person;
  readonly other: Person;
  /** One of mine, and one of another's. */
  readonly mine: NodeId;
  readonly theirs: NodeId;
  readonly world: World;
}

/** What one person's application or officer may try, on their own and on another's. */
const ACTS = {
  remember: async ({ me }: Stage) => {
    const chat = me.app.session({ purpose: PURPOSE, thread: "home" });
    const done = await chat.remember(`${me.token} likes jazz`, { idempotencyKey: "second" });
    me.nodes.push(...done.nodes);
    return done;
  },
  recall: ({ me, other }) =>
    me.app.session({ purpose: PURPOSE }).recall(`does ${other.token} like strong tea by the sea?`),
  recallAll: ({ me }) => me.app.session({ purpose: PURPOSE }).recall("", { limit: 100 }),
  get: ({ me, mine }) => me.app.get(mine, { purpose: PURPOSE }),
  getTheirs: ({ me, theirs }) => me.officer.get(theirs),
  getTheirsMyself: ({ me, theirs }) => me.app.self().get(theirs),
  list: ({ me }) => me.app.list({ purpose: PURPOSE }),
  listAfterTheirs: ({ me, theirs }) =>
    me.officer.list({ after: { createdAt: CLOCK.now(), node: theirs } }),
  neighbours: ({ me, mine }) => me.app.session({ purpose: PURPOSE }).neighbours(mine),
  neighboursOfTheirs: ({ me, theirs }) => me.app.session({ purpose: PURPOSE }).neighbours(theirs),
  linkToTheirs: ({ me, mine, theirs }) =>
    me.app.session({ purpose: PURPOSE }).link(mine, theirs, "same_as"),
  linkFromTheirs: ({ me, mine, theirs }) =>
    me.app.session({ purpose: PURPOSE }).link(theirs, mine, "same_as"),
  deriveFromTheirs: ({ me, mine, theirs }) =>
    me.app.session({ purpose: PURPOSE }).derive([mine, theirs], (from) => JSON.stringify(from)),
  block: ({ me, other }) => me.app.session({ purpose: PURPOSE }).block("profile", other.token),
  correct: ({ me, mine }) => me.app.self().correct(mine, `${me.token} likes weak tea`),
  correctTheirs: ({ me, theirs }) => me.app.self().correct(theirs, `${me.token} was here`),
  forget: ({ me, mine }) => me.app.forget(mine),
  forgetTheirs: ({ me, theirs }) => me.app.forget(theirs),
  forgetBoth: ({ me, mine, theirs }) => me.app.forget([mine, theirs]),
  holdTheirs: ({ me, theirs }) => {
    me.named.add(theirs);
    return me.officer.hold({ case: "c-2", reason: "litigation", nodes: [theirs] });
  },
  releaseTheirs: ({ me, other }) => me.officer.release(other.ids.at(-1)!),
  liftTheirs: ({ me, other }) => me.officer.lift(other.ids.at(-2)!),
  release: async ({ me }) => {
    for (const { id } of await me.officer.holds()) await me.officer.release(id);
  },
  restrict: ({ me }) => me.officer.restrict({ ground: "accuracy-contested", purpose: PURPOSE }),
  withdraw: ({ me }) => me.app.consent.withdraw({ purpose: "marketing", ...CONSENT }),
  history: ({ me }) => me.app.consent.history(),
  facts: async ({ me }) => [
    await me.officer.holds(),
    await me.app.restrictions(),
    await me.app.plan(),
  ],
  export: ({ me }) => me.app.self().export(),
  accesses: ({ me }) => me.officer.accesses(),
  findOther: async ({ me, other, world: { oubli } }) =>
    // The same name may be asked for; it then is one's own person.
    (await oubli.tenant(me.tenant).find(`${other.name} `))?.id ?? null,
  byTheirId: async ({ me, other, world: { oubli } }) => {
    if (me.tenant === other.tenant) return null;
    return (await oubli.tenant(me.tenant).subjectById(other.ids[0]!)).erase();
  },
  erase: async ({ me, world: { oubli } }) => {
    const certificate = await me.app.erase();
    Object.assign(me, await handlesOf(oubli, me));
    return certificate;
  },
} as const satisfies Record<string, (stage: Stage) => Promise<unknown>>;

export const ACT_NAMES = Object.keys(ACTS) as (keyof typeof ACTS)[];

export type Outcome =
  | { readonly value: unknown }
  | { readonly code: string; readonly message: string; readonly details: unknown };

/** Lets `me` act. What goes wrong is an answer like another. */
export async function act(world: World, me: Person, { name, other, pick }: Act): Promise<Outcome> {
  const others = world.people.filter((person) => person !== me);
  const chosen = others[other % others.length]!;
  const stage = {
    world,
    me,
    other: chosen,
    mine: me.nodes[pick % me.nodes.length]!,
    theirs: chosen.nodes[pick % chosen.nodes.length]!,
  };
  return outcomeOf(() => ACTS[name](stage));
}

export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    return { value: await call() };
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: unknown };
    if (code === undefined) throw error;
    return { code, message, details };
  }
}

/** What an outcome shows of other people: their words, and ids that were not named to hold them. */
export function tracesOf({ people }: World, me: Person, outcome: Outcome): readonly string[] {
  const shown = JSON.stringify(outcome);
  return people
    .filter((person) => person !== me)
    .flatMap(({ token, ids }) => [token, ...ids.filter((id) => !me.named.has(id))])
    .filter((trace) => shown.includes(trace));
}

/** All that is stored about one person in any database, byte for byte. */
export async function rowsOf({ memory, keys, audit }: Stores, subject: SubjectId) {
  const { change, rows: loaded } = await memory.load(subject, KINDS, 0);
  // In whatever order a store finds them.
  const rows = loaded.toSorted((left, right) => (left.node < right.node ? -1 : 1));
  const derivations = await Promise.all(
    rows.map(({ node }) => memory.derivations(subject, { derived: node })),
  );
  return {
    memory: { change, rows, derivations, fenced: await memory.isFenced(subject) },
    keys: {
      all: await keys.nodeKeys(subject),
      fences: await keys.fences(subject),
      directory: await keys.directoryRow(subject),
      evidence: await keys.evidenceKey(subject),
    },
    audit: {
      facts: await audit.facts(subject),
      consents: await audit.consents(subject),
      evidence: await audit.consentEvidence(subject),
      queued: await audit.queued({ after: null, limit: 100, subject }),
      access: await audit.entries(accessLogOf(subject, audit.logs), {
        from: 0,
        limit: 1000,
        subject,
      }),
      ledger: await audit.entries("ledger", { from: 0, limit: 1000, subject }),
    },
  };
}

async function handlesOf(oubli: Oubli, { tenant, name }: Pick<Person, "tenant" | "name">) {
  const mine = oubli.tenant(tenant);
  const app = await mine.subject(name);
  const staff = mine.as({ kind: "staff", id: "dpo", roles: [word("privacy-officer")] });
  return { app, officer: await staff.subjectById(app.id) };
}
