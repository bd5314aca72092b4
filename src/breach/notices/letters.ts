import { advance, openCase, openFile, renewCase } from "#cases";
import { backOff, SYSTEM_ACTOR, word, type SubjectId, type Word } from "#kernel";

import { lettersLack, peopleLetter } from "../draft-facts.ts";
import type { Letter } from "../drafts/draft.ts";
import { factsOf, type IncidentCase } from "../incident.ts";
import type { FailureCause, Notifier } from "../notifiers/notifier.ts";
import { questionOf } from "../scope/from-facts.ts";
import { affectedPeople } from "../scope/scope.ts";
import { registerEnds, type BreachWorld } from "../world.ts";
import { noticesOf } from "./children.ts";
import { attempt, reaching, WAITS } from "./deliver.ts";
import {
  isLetters,
  noticeFacts,
  readableNotice,
  type LettersFacts,
  type LettersFile,
  type Notice,
  type NoticeFile,
} from "./notice.ts";

/** People in one case: what is sent twice at most, where a process dies between two steps. */
const PEOPLE_PER_CASE = 100;

/** Attempts before whoever was not reached counts as unreachable: some four days. */
const ATTEMPTS_MAX = 24;

/**
 * Queues a letter to each affected person: those that the report named, and those that the log
 * names. It may be done again: who has one is passed over.
 */
export async function queueLetters(world: BreachWorld, incident: IncidentCase): Promise<number> {
  const queued = await queuedPeople(world, incident);
  let batch: SubjectId[] = [];
  let people = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await openLetters(world, incident, batch);
    batch = [];
  };
  for await (const subject of peopleOf(world, incident)) {
    if (queued.has(subject)) continue;
    queued.add(subject);
    people += 1;
    if (batch.push(subject) < PEOPLE_PER_CASE) continue;
    await flush();
    await renewCase(world, incident.id);
  }
  await flush();
  return people;
}

async function* peopleOf(world: BreachWorld, incident: IncidentCase): AsyncGenerator<SubjectId> {
  yield* incident.file?.people ?? [];
  const { scope } = factsOf(incident);
  if (scope === null) return;
  const question = questionOf(incident.tenant, scope);
  for await (const { subject } of affectedPeople(world.audit.store, question, { known: true })) {
    yield subject;
  }
}

/** Who has a letter, sent or not. */
export async function queuedPeople(
  world: BreachWorld,
  incident: IncidentCase,
): Promise<Set<SubjectId>> {
  const queued = new Set<SubjectId>();
  for await (const row of noticesOf(world, incident)) {
    if (!isLetters(noticeFacts(row))) continue;
    const { file } = await openFile<LettersFile>(world, row);
    for (const subject of file?.people ?? []) queued.add(subject);
  }
  return queued;
}

/** A letter that lacks something waits until the officer has said it. */
async function openLetters(
  world: BreachWorld,
  incident: IncidentCase,
  people: readonly SubjectId[],
): Promise<void> {
  const ready = lettersLack(world, incident).length === 0;
  const count = people.length;
  const facts: LettersFacts = { to: "people", people: count, sent: 0, unreached: 0, attempts: 0 };
  await openCase<NoticeFile>(world, {
    kind: "notice",
    tenant: incident.tenant,
    actor: SYSTEM_ACTOR,
    subject: null,
    parent: incident.id,
    state: ready ? word("queued") : word("waiting"),
    dueAt: ready ? world.clock.now() : null,
    facts: readableNotice(facts),
    file: { people, told: {}, noAddress: {} },
    entry: {
      t: "notice",
      facts: { incident: incident.id, to: word("people"), people: count, whom: people },
    },
  });
}

/** Lets the letters go that waited for their text. */
export async function releaseLetters(world: BreachWorld, incident: IncidentCase): Promise<void> {
  if (lettersLack(world, incident).length > 0) return;
  for await (const row of noticesOf(world, incident)) {
    const facts = noticeFacts(row);
    if (!isLetters(facts) || (row.state as string) !== "waiting") continue;
    await advance(world, await openFile<NoticeFile>(world, row), {
      actor: SYSTEM_ACTOR,
      state: word("queued"),
      dueAt: world.clock.now(),
      entry: {
        t: "notice",
        facts: { incident: incident.id, to: word("people"), people: facts.people },
      },
    });
  }
}

/** One attempt at what is left of some letters. @returns whether all of them are done. */
export async function deliverLetters(
  world: BreachWorld,
  incident: IncidentCase,
  notice: Notice,
): Promise<boolean> {
  const file = notice.file as LettersFile;
  const notifiers = reaching(world.notifiers, "person");
  const run = new Run(file);
  const letter = peopleLetter(world, incident);
  for (const notifier of notifiers) await sendAll(world, notice, letter, notifier, run);
  if (run.lost) return false;
  const facts = noticeFacts(notice) as LettersFacts;
  const attempts = facts.attempts + 1;
  const after = run.file();
  const { sent, unreached, left } = reckoned(after, notifiers);
  const done = left.length === 0 || attempts >= ATTEMPTS_MAX;
  // Whom any notifier told was reached, whatever became of the others.
  const lost = done ? after.people.length - sent : unreached;
  await advance(world, notice, {
    actor: SYSTEM_ACTOR,
    state: done ? word("sent") : word("queued"),
    ...(done
      ? { close: true, endsAt: registerEnds(world) }
      : { dueAt: backOff(world, attempts, WAITS) }),
    facts: readableNotice({ ...facts, sent, unreached: lost, attempts }),
    file: after,
    entry: {
      t: "notice",
      facts: {
        incident: incident.id,
        to: word("people"),
        attempt: attempts,
        told: run.toldNow(),
        sentBy: run.senders(),
        unreached: lost,
        failed: run.failures(),
      },
    },
  });
  return done;
}

/** What one attempt did. */
class Run {
  readonly #before: LettersFile;
  readonly #told = new Map<string, SubjectId[]>();
  readonly #noAddress = new Map<string, SubjectId[]>();
  readonly #failures = new Map<string, Set<FailureCause>>();
  readonly #toldNow = new Set<SubjectId>();
  /** Another process has the case. */
  lost = false;

  constructor(before: LettersFile) {
    this.#before = before;
  }

  left(notifier: string): readonly SubjectId[] {
    const { people, told, noAddress } = this.#before;
    const settled = new Set([...(told[notifier] ?? []), ...(noAddress[notifier] ?? [])]);
    return people.filter((subject) => !settled.has(subject));
  }

  told(notifier: string, subject: SubjectId): void {
    this.#told.set(notifier, [...(this.#told.get(notifier) ?? []), subject]);
    this.#toldNow.add(subject);
  }

  unknown(notifier: string, subject: SubjectId): void {
    this.#noAddress.set(notifier, [...(this.#noAddress.get(notifier) ?? []), subject]);
  }

  failed(notifier: string, cause: FailureCause): void {
    this.#failures.set(notifier, (this.#failures.get(notifier) ?? new Set()).add(cause));
  }

  toldNow(): readonly SubjectId[] {
    return [...this.#toldNow];
  }

  senders(): readonly Word[] {
    return [...this.#told.keys()] as Word[];
  }

  failures(): readonly { readonly notifier: Word; readonly cause: Word }[] {
    return [...this.#failures].flatMap(([notifier, causes]) =>
      [...causes].map((cause) => ({ notifier: notifier as Word, cause: cause as Word })),
    );
  }

  file(): LettersFile {
    const { people, told, noAddress } = this.#before;
    return {
      people,
      told: joined(told, this.#told),
      noAddress: joined(noAddress, this.#noAddress),
    };
  }
}

function joined(
  before: LettersFile["told"],
  now: ReadonlyMap<string, readonly SubjectId[]>,
): LettersFile["told"] {
  const names = new Set([...Object.keys(before), ...now.keys()]);
  return Object.fromEntries(
    [...names].map((name) => [name, [...(before[name] ?? []), ...(now.get(name) ?? [])]]),
  );
}

/** What is said of everybody at once would be said to the next one too: then it stops. */
const HOPELESS: ReadonlySet<FailureCause> = new Set([
  "unreachable",
  "timeout",
  "credentials",
  "certificate",
]);

/** Letters between two prolongations of the lease. */
const RENEW_EVERY = 10;

async function sendAll(
  world: BreachWorld,
  notice: Notice,
  letter: Letter,
  notifier: Notifier,
  run: Run,
): Promise<void> {
  for (const [at, subject] of run.left(notifier.name).entries()) {
    if (at % RENEW_EVERY === RENEW_EVERY - 1 && !(await renewCase(world, notice.id))) {
      run.lost = true;
      return;
    }
    // Nobody knows the name of a person who was erased.
    const externalId = await world.keyring.externalIdOf(subject);
    if (externalId === null) {
      run.unknown(notifier.name, subject);
      continue;
    }
    const key = `${notice.id}.${subject}`;
    const outcome = await attempt(notifier, { key, to: { kind: "person", externalId }, ...letter });
    if (outcome === "sent") run.told(notifier.name, subject);
    else if (outcome === "no-address") run.unknown(notifier.name, subject);
    else {
      run.failed(notifier.name, outcome.failed);
      if (HOPELESS.has(outcome.failed)) return;
    }
  }
}

/** A person is told by every notifier that knows them; one whom none knows is unreached. */
function reckoned({ people, told, noAddress }: LettersFile, notifiers: readonly Notifier[]) {
  const toldBy = (subject: SubjectId) =>
    notifiers.filter(({ name }) => told[name]?.includes(subject));
  const unknownTo = (subject: SubjectId) =>
    notifiers.filter(({ name }) => noAddress[name]?.includes(subject));
  const left = people.filter(
    (subject) =>
      notifiers.length === 0 ||
      toldBy(subject).length + unknownTo(subject).length < notifiers.length,
  );
  const sent = people.filter((subject) => toldBy(subject).length > 0).length;
  const unreached = people.filter(
    (subject) => notifiers.length > 0 && unknownTo(subject).length === notifiers.length,
  ).length;
  return { sent, unreached, left };
}
