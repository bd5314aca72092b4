/** An exact index over one person's memories: in memory, changed in place, gone without a trace. */
import type { NodeId } from "#kernel";

import { type Ranked, bestOf } from "./best.ts";
import { english } from "./english.ts";
import type { Entry, RankedDocument, Speaker, Term } from "./entry.ts";
import { addEvidence } from "./evidence.ts";
import type { Language } from "./language.ts";
import { addNearness, lengthOf } from "./nearness.ts";
import { createSessions } from "./sessions.ts";
import { createSpeakers } from "./speakers.ts";
import { viewOfAll, viewOfAllowed } from "./view.ts";
import { createVocabulary } from "./vocabulary.ts";
import { WEIGHTS } from "./weights.ts";
import { wordsOf } from "./words.ts";

export interface RankOptions {
  /** How many at most, best first. */
  readonly limit: number;
  /** What the caller may see. All else has no influence on the result: not on one score. */
  readonly allowed?: (id: NodeId) => boolean;
  /** The question's vector, of the same model as the documents'. */
  readonly vector?: Float32Array | null;
  /** The least score that counts as an answer. */
  readonly floor?: number;
}

export interface LexicalIndex {
  /**
   * Adds a document; one with the same id is replaced.
   *
   * Cost: in proportion to its words, about 1 µs for each, 3 for one that is new to the index. A
   * script without spaces has two words to a character: 1 MiB of it takes a second or two.
   */
  add(document: RankedDocument): void;
  /** Drops a document with its words, vector and name. An unknown id is no error. */
  remove(id: NodeId): void;
  /**
   * The documents that answer a question, best first; equal scores by time, newest first, then id.
   *
   * A document that shares nothing with the question, and has no neighbour that does, is no
   * answer and is left out. A blank question without a vector asks for nothing in particular:
   * it gives the newest, with score 0 and whatever the floor.
   *
   * Cost: in proportion to the holders of the question's words and to their sessions; with a
   * filter or a vector, to all documents. A question of more than `CLUES_MAX` words is asked by
   * its rarest, so that a pasted document costs little more than the reading of it.
   */
  rank(query: string, options: RankOptions): Ranked[];
  readonly size: number;
  /** An estimate of the memory that the index holds. */
  readonly bytes: number;
}

/** Measured: an entry with its place in the map and in its session. */
const ENTRY_BYTES = 240;
const TERM_REFERENCE_BYTES = 8;

export function createLexicalIndex(language: Language = english): LexicalIndex {
  const entries = new Map<NodeId, Entry>();
  const vocabulary = createVocabulary(language);
  const sessions = createSessions();
  const speakers = createSpeakers(language);
  let termsTotal = 0;
  let entryBytes = 0;
  let queries = 0;

  function remove(id: NodeId): void {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    vocabulary.leave(entry);
    sessions.leave(entry);
    speakers.leave(entry.speaker);
    termsTotal -= entry.terms.length;
    entryBytes -= bytesOf(entry);
  }

  function add(document: RankedDocument): void {
    remove(document.id);
    const words = [...wordsOf(document.text), ...language.dateWords(document.createdAt)];
    const terms = vocabulary.termsOf(words);
    const entry = entryOf(document, terms, speakers.join(document.speaker));
    entries.set(entry.id, entry);
    vocabulary.join(entry);
    sessions.join(entry);
    termsTotal += terms.length;
    entryBytes += bytesOf(entry);
  }

  function rank(
    query: string,
    { limit, allowed, vector = null, floor = 0 }: RankOptions,
  ): Ranked[] {
    const view =
      allowed === undefined
        ? viewOfAll(entries.size, termsTotal)
        : viewOfAllowed(entries.values(), allowed, ++queries);
    if (vector === null && query.trim() === "") {
      return bestOf([...entries.values()].filter(view.sees), limit);
    }

    const wordShare = vector === null ? 1 : 1 - WEIGHTS.vector;
    const words = wordsOf(query);
    const touched = addEvidence(vocabulary.stemsOf(words), vocabulary.find, view, wordShare);
    if (vector !== null) addNearness(vector, entries.values(), view, WEIGHTS.vector, touched);
    const scored = sessions.lend(touched, view);
    const named = speakers.namedIn(words);
    const answers: Entry[] = [];
    for (const entry of scored) {
      entry.score *= weightOf(entry, named);
      if (entry.score > 0 && entry.score >= floor) answers.push(entry);
    }
    const best = bestOf(answers, limit);
    for (const entry of scored) entry.evidence = entry.score = 0;
    return best;
  }

  return {
    add,
    remove,
    rank,
    get size() {
      return entries.size;
    },
    get bytes() {
      return entryBytes + vocabulary.bytes;
    },
  };
}

function entryOf(
  { id, position, createdAt, session, role, vector }: RankedDocument,
  terms: readonly Term[],
  speaker: Speaker | null,
): Entry {
  const own = role === null || role === "user";
  return {
    id,
    position,
    createdAt,
    terms,
    session,
    speaker,
    own,
    vector,
    vectorLength: vector === null ? 0 : lengthOf(vector),
    seenBy: 0,
    marks: 0,
    evidence: 0,
    score: 0,
  };
}

function weightOf(entry: Entry, named: ReadonlySet<Speaker>): number {
  const own = entry.own ? 1 : WEIGHTS.notOwn;
  return entry.speaker !== null && named.has(entry.speaker) ? own * WEIGHTS.named : own;
}

function bytesOf({ terms, vector }: Entry): number {
  return ENTRY_BYTES + TERM_REFERENCE_BYTES * terms.length + (vector?.byteLength ?? 0);
}
