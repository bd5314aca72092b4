import type { Oubli, Session, Subject } from "#engine";

import { OFFICER } from "./region.ts";
import type { Random } from "./random.ts";

/** Something that was given out: to whom, when, and what. */
interface Release {
  readonly at: number;
  readonly actor: string;
  readonly session: string | null;
  readonly person: Person;
  readonly items: readonly Item[];
}

export interface Item {
  readonly id: string;
  readonly categories: readonly string[];
  readonly sources: readonly Item[];
  readonly born: number;
  /** `Infinity`: it is there. */
  died: number;
}

export interface Person {
  readonly subject: Subject;
  readonly items: Item[];
  erased: boolean;
}

/** What really happened to some people of one controller, as whoever did it saw it. */
export interface BreachHistory {
  readonly people: readonly Person[];
  readonly releases: readonly Release[];
  readonly times: readonly number[];
  readonly actors: readonly string[];
  readonly sessions: readonly string[];
}

/** When each epoch of a region began and ended. */
export type Epochs = Map<number, { readonly from: number; until: number }>;

interface Place {
  readonly oubli: Oubli;
  readonly clock: { now(): number; advance(by: { readonly ms?: number }): void };
  readonly epochs: Epochs;
}

const ACTORS = ["app", "desk", "agent-7"] as const;
const WORDS = ["tea", "train", "garden", "letter"] as const;
const NOTICE = { policyVersion: "2026-11", mechanism: "signup_form_v3" } as const;
const PURPOSES = { support: ["account", "preference"], mood: ["mental_health"] } as const;
type Purpose = keyof typeof PURPOSES;

const WEIGHTS = {
  remember: 7,
  recall: 8,
  get: 3,
  list: 2,
  export: 1,
  derive: 2,
  forget: 2,
  correct: 1,
  erase: 0.5,
  rotate: 0.3,
} as const;

/** Lets a few people and a few actors do this and that, and keeps account of it. */
export async function liveBreach(
  place: Place,
  random: Random,
  acts: number,
): Promise<BreachHistory> {
  const { oubli, clock } = place;
  const people: Person[] = [];
  for (let at = 0; at < 2 + random.below(3); at += 1) {
    const subject = await oubli.subject(`person-${at}`);
    await subject.consent.grant({ purpose: "mood", explicit: true, ...NOTICE });
    people.push({ subject, items: [], erased: false });
  }
  const life = new Life(place, random, people);
  for (let act = 0; act < acts; act += 1) {
    // Now and then two acts have one time: the edges of a window are part of the question.
    if (random.below(4) > 0) clock.advance({ ms: 1 + random.below(60_000) });
    await life.act();
  }
  return life.history();
}

class Life {
  readonly #place: Place;
  readonly #random: Random;
  readonly #people: readonly Person[];
  readonly #releases: Release[] = [];
  readonly #times = new Set<number>();
  readonly #sessions = new Set<string>();
  #count = 0;

  constructor(place: Place, random: Random, people: readonly Person[]) {
    this.#place = place;
    this.#random = random;
    this.#people = people;
  }

  history(): BreachHistory {
    return {
      people: this.#people,
      releases: this.#releases,
      times: [...this.#times],
      actors: ACTORS,
      sessions: [...this.#sessions],
    };
  }

  async act(): Promise<void> {
    const random = this.#random;
    const person = random.pick(this.#people)!;
    const kind = random.weighed(WEIGHTS);
    this.#times.add(this.#now());
    if (kind === "rotate") return this.#rotate();
    if (person.erased) return;
    const purpose = random.pick<Purpose>(["support", "support", "mood"])!;
    const actor = random.pick(ACTORS)!;
    const { oubli } = this.#place;
    const as = oubli.as({ kind: "app", id: actor, roles: ["app"] });
    const subject = await as.subjectById(person.subject.id);
    const session = subject.session({ purpose });
    const using = { person, actor, session };
    if (kind === "remember") return this.#remember(using, purpose);
    if (kind === "recall") return this.#recall(using);
    if (kind === "derive") return this.#derive(using, purpose);
    if (kind === "erase") return this.#erase(person);
    if (kind === "export") return this.#export(person);
    return this.#one(kind, person, { subject, actor, purpose });
  }

  #now(): number {
    return this.#place.clock.now();
  }

  async #remember({ person, session }: Using, purpose: Purpose): Promise<void> {
    const random = this.#random;
    const categories = Array.from({ length: 1 + random.below(3) }, () =>
      random.pick(PURPOSES[purpose])!,
    );
    const { nodes } = await session.remember(
      categories.map((category) => ({
        role: "user",
        content: `${random.pick(WORDS)!} and ${random.pick(WORDS)!} ${(this.#count += 1)}`,
        category,
      })),
    );
    for (const [at, id] of nodes.entries()) {
      person.items.push(itemOf(id, [categories[at]!], [], this.#now()));
    }
  }

  async #recall({ person, actor, session }: Using): Promise<void> {
    const { nodes } = await session.recall(this.#random.pick(WORDS)!, {
      limit: 1 + this.#random.below(5),
    });
    await this.#given({ person, actor, session }, nodes);
  }

  async #derive({ person, actor, session }: Using, purpose: Purpose): Promise<void> {
    const own = alive(person).filter(
      ({ categories, sources }) =>
        sources.length === 0 &&
        categories.every((category) => (PURPOSES[purpose] as readonly string[]).includes(category)),
    );
    const sources = own.slice(0, 1 + this.#random.below(3));
    if (sources.length === 0) return;
    const { nodes } = await session.derive(
      sources.map(({ id }) => id),
      () => `summary ${(this.#count += 1)} of tea`,
    );
    await this.#given({ person, actor, session }, sources);
    const categories = [...new Set(sources.flatMap((source) => source.categories))];
    person.items.push(itemOf(nodes[0]!, categories, sources, this.#now()));
  }

  async #given({ person, actor, session }: Using, nodes: readonly { readonly id: string }[]) {
    const id = await session.id();
    this.#sessions.add(id);
    this.#releases.push(this.#release(person, actor, id, nodes));
  }

  #release(
    person: Person,
    actor: string,
    session: string | null,
    nodes: readonly { readonly id: string }[],
  ): Release {
    const items = nodes.map(({ id }) => person.items.find((item) => item.id === id)!);
    return { at: this.#now(), actor, session, person, items };
  }

  async #erase(person: Person): Promise<void> {
    await this.#officer(person, (subject) => subject.erase());
    for (const item of alive(person)) item.died = this.#now();
    person.erased = true;
  }

  async #export(person: Person): Promise<void> {
    const { nodes } = await this.#officer(person, (subject) => subject.export());
    this.#releases.push(this.#release(person, OFFICER.id, null, nodes));
  }

  async #officer<T>(person: Person, run: (subject: Subject) => Promise<T>): Promise<T> {
    return run(await this.#place.oubli.as(OFFICER).subjectById(person.subject.id));
  }

  async #one(
    kind: "get" | "list" | "forget" | "correct",
    person: Person,
    { subject, actor, purpose }: { subject: Subject; actor: string; purpose: Purpose },
  ): Promise<void> {
    if (kind === "list") {
      const { nodes } = await subject.list({ purpose, limit: 1 + this.#random.below(6) });
      this.#releases.push(this.#release(person, actor, null, nodes));
      return;
    }
    const item = this.#random.pick(alive(person).filter(({ sources }) => sources.length === 0));
    if (item === undefined) return;
    if (kind === "get") {
      const { id } = await this.#officer(person, (officer) => officer.get(item.id));
      this.#releases.push(this.#release(person, OFFICER.id, null, [{ id }]));
    } else if (kind === "forget") {
      await this.#officer(person, (officer) => officer.forget(item.id));
      this.#kill(person, [item]);
    } else {
      const text = `train corrected ${(this.#count += 1)}`;
      await this.#officer(person, (officer) => officer.correct(item.id, text));
      this.#kill(person, madeFrom(person, item));
    }
  }

  #kill(person: Person, items: readonly Item[]): void {
    for (const item of items) {
      if (item.died !== Infinity) continue;
      item.died = this.#now();
      this.#kill(person, madeFrom(person, item));
    }
  }

  async #rotate(): Promise<void> {
    const { oubli, epochs } = this.#place;
    const { rotation } = await oubli.rotate();
    const now = this.#now();
    epochs.get(rotation.from)!.until = now;
    epochs.set(rotation.to, { from: now, until: Infinity });
  }
}

interface Using {
  readonly person: Person;
  readonly actor: string;
  readonly session: Session;
}

function itemOf(
  id: string,
  categories: readonly string[],
  sources: readonly Item[],
  born: number,
): Item {
  return { id, categories, sources, born, died: Infinity };
}

function alive({ items }: Person): readonly Item[] {
  return items.filter(({ died }) => died === Infinity);
}

function madeFrom(person: Person, source: Item): readonly Item[] {
  return alive(person).filter(({ sources }) => sources.includes(source));
}
