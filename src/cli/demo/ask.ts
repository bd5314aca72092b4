import { accessLogOf } from "#audit";
import type { Recollection } from "#memory";
import { isOubliError } from "#kernel";

import { count, memories, oneLine } from "../table.ts";
import type { Say } from "./report.ts";
import type { DemoWorld, Person } from "./world.ts";

/** Asks for the purpose that the memories were told for. */
export async function askAllowed(world: DemoWorld, say: Say): Promise<void> {
  const { allowed } = world.scenario.asked;
  let [released, right, logged] = [0, 0, 0];
  for (const person of world.people) {
    const found = await ask(person, allowed);
    released += found.nodes.length;
    right += found.nodes.filter(({ purposes }) => purposes.some((one) => one === allowed)).length;
    logged += (await isLogged(world, found)) ? 1 : 0;
    showQuestion(world, person, allowed, say);
    if (!world.scenario.shown) continue;
    for (const { content, category } of found.nodes.slice(0, 3)) {
      say.show(`→ ${oneLine(content, 66)} (${category})`);
    }
  }
  say.check(
    released > 0 && right === released,
    `${memories(released)} answered, all of them told for ${allowed}`,
  );
  say.check(
    logged === world.people.length,
    "the audit log has an entry for each answer, with exactly the memories it released",
  );
}

/** Asks the very same for a purpose they were not told for, and for one that does not exist. */
export async function askForbidden(world: DemoWorld, say: Say): Promise<void> {
  const { forbidden, allowed } = world.scenario.asked;
  let [refused, leaked, answered] = [0, 0, 0];
  for (const person of world.people) {
    showQuestion(world, person, forbidden, say);
    const only = person.stored.filter(({ purpose }) => purpose === allowed);
    const secret = new Set<string>(only.map(({ node }) => node));
    const found = await refusalOf(() => ask(person, forbidden));
    if (found === "CONSENT_MISSING") refused += 1;
    else if (typeof found === "string") leaked += 1;
    else {
      answered += found.nodes.length;
      leaked += found.nodes.filter(({ id }) => secret.has(id)).length;
    }
    if (typeof found === "string" && world.scenario.shown) say.show(`→ ${found}`);
  }
  say.check(
    leaked === 0 && (refused === world.people.length || refused === 0),
    refused > 0
      ? `refused for all ${count(refused, "person", "people")}: nobody consented to ${forbidden}`
      : `0 of the memories told for ${allowed} come back (${answered} others do)`,
  );
  const before = await denials(world);
  let unknown = 0;
  for (const person of world.people) {
    const found = await refusalOf(() => ask(person, "advertising"));
    if (found === "PURPOSE_UNKNOWN") unknown += 1;
  }
  const written = (await denials(world)) - before;
  say.check(
    unknown === world.people.length && written === unknown,
    "for advertising, which is not declared: refused, and the refusal is in the log",
  );
}

export function ask({ subject, choice }: Person, purpose: string, question = choice.question) {
  return subject.session({ purpose }).recall(question, { limit: 5 });
}

/** What came back, or the code of the refusal. */
export async function refusalOf<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    if (isOubliError(error)) return error.code;
    throw error;
  }
}

function showQuestion({ scenario }: DemoWorld, { choice }: Person, purpose: string, say: Say) {
  if (scenario.shown) say.show(`${purpose}: “${choice.question}”`);
}

/** Whether the entry that an answer names holds exactly the answer's memories. */
async function isLogged({ opened }: DemoWorld, { nodes, why }: Recollection): Promise<boolean> {
  const bytes = await opened.oubli.audit.entry(why.auditLog, why.auditIndex);
  if (bytes === null) return false;
  const entry = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    readonly t: string;
    readonly nodes: readonly { readonly id: string }[];
  };
  const named = entry.nodes.map(({ id }) => id);
  return entry.t === "retrieve" && named.join() === nodes.map(({ id }) => id).join();
}

async function denials({ opened, people }: DemoWorld): Promise<number> {
  let denied = 0;
  for (const { subject } of people) {
    const { stores } = opened;
    const log = accessLogOf(subject.id, stores.audit.logs);
    const { size } = await stores.audit.head(log);
    const range = { from: 0, limit: size, subject: subject.id };
    const entries = await stores.audit.entries(log, range);
    denied += entries.filter(({ type }) => type === "deny").length;
  }
  return denied;
}
