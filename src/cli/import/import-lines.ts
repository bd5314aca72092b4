import type { Oubli, Session, Subject } from "#engine";
import { isOubliError, type NodeId } from "#kernel";

import { CliError } from "../cli-error.ts";
import { parseLine, textLines, type ImportLine, type ImportMemory } from "./parse-line.ts";

export interface ImportOptions {
  /** The person all lines are about; `null`: each line says so. */
  readonly subject: string | null;
  /** For memories that name none. */
  readonly purpose: string;
  /** Purposes that memories may name beside it. */
  readonly purposes?: readonly string[];
  /** Says otherwise for a whole conversation. */
  readonly purposeOf?: (subject: string, session: string | null) => string | null;
  readonly category: string | null;
  /** Where the people live; `null`: there is one region. */
  readonly jurisdiction?: string | null;
  /** Given at registration, to people who have given none. */
  readonly consent: { readonly policyVersion: string; readonly mechanism: string } | null;
  /** The first line that is refused ends the import. */
  readonly strict: boolean;
  /** Told of each memory that was stored, with the event it came from. */
  readonly onStored?: (stored: Stored) => void;
  readonly onProgress?: (memories: number) => void;
}

export interface Stored extends ImportMemory {
  readonly purpose: string;
  readonly subject: string;
  readonly node: NodeId;
}

export interface ImportReport {
  readonly lines: number;
  readonly stored: number;
  /** Already there, from the same source event. */
  readonly known: number;
  /** Replays of what was erased: not stored again. */
  readonly erased: number;
  readonly malformed: readonly { readonly line: number; readonly reason: string }[];
}

interface Counts {
  lines: number;
  stored: number;
  known: number;
  erased: number;
  malformed: { line: number; reason: string }[];
}

/** The system that imported events come from. */
const SYSTEM = "import";

/**
 * Imports a file of JSON lines: each turn one memory, each session one thread, in order.
 *
 * A line that cannot be read, or that the store refuses, is reported by its number; the rest is
 * imported. A replay of something erased is counted and not stored. Running it again is safe for
 * memories with an event id.
 *
 * @throws {CliError} `FILE` with the line's number, when `strict`.
 * @throws {OubliError} what concerns more than one line: consent, purposes, the store.
 */
export async function importLines(
  oubli: Oubli,
  path: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const counts: Counts = { lines: 0, stored: 0, known: 0, erased: 0, malformed: [] };
  const people = createPeople(oubli, options);
  let number = 0;
  for await (const text of textLines(path)) {
    number += 1;
    if (text.trim() === "") continue;
    counts.lines += 1;
    const reason = await importLine(people, text, options, counts);
    if (reason === null) continue;
    if (options.strict) throw new CliError("FILE", `line ${number}: ${reason}`);
    counts.malformed.push({ line: number, reason });
  }
  return counts;
}

/** @returns why the line, or a part of it, was not imported. */
async function importLine(
  people: People,
  text: string,
  options: ImportOptions,
  counts: Counts,
): Promise<string | null> {
  const parsed = parseLine(text);
  if (!parsed.ok) return parsed.reason;
  const subject = options.subject ?? parsed.line.subject;
  if (subject === null) return "it names no subject, and no --subject is given";
  let refused: string | null = null;
  try {
    const session = await people.session(subject, parsed.line);
    const purpose = options.purposeOf?.(subject, parsed.line.session) ?? options.purpose;
    for (const run of runsOf(parsed.line.memories, purpose)) {
      refused = (await storeRun({ session, subject, options, counts }, run)) ?? refused;
    }
  } catch (error) {
    if (!isOubliError(error, "INPUT_INVALID")) throw error;
    refused = lineReason(error);
  }
  return refused;
}

interface Run {
  readonly purpose: string;
  readonly memories: readonly ImportMemory[];
}

/** Neighbours for the same purpose are stored in one go. */
function runsOf(memories: readonly ImportMemory[], fallback: string): readonly Run[] {
  const runs: { purpose: string; memories: ImportMemory[] }[] = [];
  for (const memory of memories) {
    const purpose = memory.purpose ?? fallback;
    const last = runs.at(-1);
    if (last?.purpose === purpose && last.memories.length < BATCH) last.memories.push(memory);
    else runs.push({ purpose, memories: [memory] });
  }
  return runs;
}

const BATCH = 500;

interface Place {
  readonly session: Session;
  readonly subject: string;
  readonly options: ImportOptions;
  readonly counts: Counts;
}

/** All in one call; one by one only where one of them stands in the way. */
async function storeRun(place: Place, { purpose, memories }: Run): Promise<string | null> {
  const { session, subject, options, counts } = place;
  const messages = memories.map((memory) => messageOf(memory, options.category));
  try {
    const { nodes, known } = await session.remember(messages, { purposes: [purpose] });
    counts.known += known;
    counts.stored += memories.length - known;
    memories.forEach((memory, at) => {
      options.onStored?.({ ...memory, purpose, subject, node: nodes[at]! });
    });
    options.onProgress?.(memories.length);
    return null;
  } catch (error) {
    const replay = isOubliError(error, "REPLAY_OF_ERASED");
    if (!replay && !isOubliError(error, "INPUT_INVALID")) throw error;
    if (memories.length > 1) return oneByOne();
    options.onProgress?.(1);
    if (!replay) return lineReason(error);
    counts.erased += 1;
    return null;
  }

  async function oneByOne(): Promise<string | null> {
    let refused: string | null = null;
    for (const memory of memories) {
      refused = (await storeRun(place, { purpose, memories: [memory] })) ?? refused;
    }
    return refused;
  }
}

function messageOf(memory: ImportMemory, fallback: string | null) {
  const { content, speaker, role, at, event } = memory;
  const category = memory.category ?? fallback;
  return {
    role,
    content,
    ...(speaker === null ? {} : { speaker }),
    ...(at === null ? {} : { at }),
    ...(event === null ? {} : { source: { system: SYSTEM, event } }),
    ...(category === null ? {} : { category: category as "other" }),
  };
}

/** The engine's words for one memory, without those that speak of a call. */
function lineReason(error: Error): string {
  return error.message.split("\n")[0]!.replace(/^INPUT_INVALID: /, "");
}

interface People {
  session(subject: string, line: ImportLine): Promise<Session>;
}

/** Each person is registered once, and each conversation opened once. */
function createPeople(oubli: Oubli, options: ImportOptions): People {
  const known = new Map<string, Subject>();
  let last: { subject: string; thread: string | null; session: Session } | null = null;
  const storeFor = [...new Set([options.purpose, ...(options.purposes ?? [])])];

  return {
    async session(subject, { session: thread }) {
      if (last?.subject === subject && last.thread === thread) return last.session;
      const consent = options.consent && { ...options.consent, purpose: options.purpose };
      const jurisdiction = options.jurisdiction ?? undefined;
      const person =
        known.get(subject) ??
        (await oubli.subject(subject, { jurisdiction, ...(consent === null ? {} : { consent }) }));
      known.set(subject, person);
      const named = thread === null ? {} : { thread };
      const session = person.session({ purpose: options.purpose, storeFor, ...named });
      last = { subject, thread, session };
      return session;
    },
  };
}
