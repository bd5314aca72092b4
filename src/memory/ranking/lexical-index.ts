/** An exact index over one person's memories: in memory, changed in place, gone without a trace. */
import type { NodeId } from "#kernel";

import { type Ranked, bestOf } from "./best.ts";
import { english } from "./english.ts";
import type { Entry, RankedDocument, Session, Speaker } from "./entry.ts";
import { addEvidence } from "./evidence.ts";
import type { Language } from "./language.ts";
import { addNearness, lengthOf } from "./nearness.ts";
import { createRows, type Rows } from "./rows.ts";
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
   * script without spaces has two words to a character. No text has more than `WORDS_MAX`.
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
  const placed = new Map<NodeId, number>();
  const rows = createRows();
  const vocabulary = createVocabulary(language);
  const sessions = createSessions(rows);
  const speakers = createSpeakers(language);
  let termsTotal = 0;
  let entryBytes = 0;

  function remove(id: NodeId): void {
    const row = placed.get(id);
    if (row === undefined) return;
    const entry = rows.entries[row]!;
    const terms = rows.texts.of(row);
    placed.delete(id);
    vocabulary.leave(row, terms);
    sessions.leave(row);
    speakers.leave(entry.speaker);
    termsTotal -= terms.length;
    entryBytes -= bytesOf(entry, terms.length);
    rows.clear(row);
  }

  function add(document: RankedDocument): void {
    remove(document.id);
    const words = [...wordsOf(document.text), ...language.dateWords(document.createdAt)];
    const terms = vocabulary.termsOf(words);
    const session = sessions.named(document.session);
    const entry = entryOf(document, session, speakers.join(document.speaker));
    const row = rows.put(entry, terms);
    placed.set(entry.id, row);
    vocabulary.join(row, terms);
    sessions.join(row);
    termsTotal += terms.length;
    entryBytes += bytesOf(entry, terms.length);
  }

  function rank(
    query: string,
    { limit, allowed, vector = null, floor = 0 }: RankOptions,
  ): Ranked[] {
    const view =
      allowed === undefined ? viewOfAll(placed.size, termsTotal) : viewOfAllowed(rows, allowed);
    if (vector === null && query.trim() === "") {
      const inView = [...placed.values()].filter((row) => view.seen?.[row] !== 0);
      return bestOf(inView, rows, limit);
    }

    const wordShare = vector === null ? 1 : 1 - WEIGHTS.vector;
    const words = wordsOf(query);
    const stems = vocabulary.stemsOf(words);
    const touched = addEvidence(stems, vocabulary, { rows, view, share: wordShare });
    if (vector !== null) addNearness(vector, WEIGHTS.vector, { rows, view, touched });
    const scored = sessions.lend(touched, view);
    weigh(scored, rows, speakers.namedIn(words));
    const { evidence, scores } = rows.columns;
    const answers = scored.filter((row) => scores[row]! > 0 && scores[row]! >= floor);
    const best = bestOf(answers, rows, limit);
    for (const row of scored) evidence[row] = scores[row] = 0;
    return best;
  }

  return {
    add,
    remove,
    rank,
    get size() {
      return placed.size;
    },
    get bytes() {
      return entryBytes + vocabulary.bytes;
    },
  };
}

function entryOf(
  { id, position, createdAt, role, vector }: RankedDocument,
  session: Session | null,
  speaker: Speaker | null,
): Entry {
  const own = role === null || role === "user";
  return {
    id,
    position,
    createdAt,
    session,
    speaker,
    own,
    vector,
    vectorLength: vector === null ? 0 : lengthOf(vector),
  };
}

/** Whose it is weighs each score. */
function weigh(scored: readonly number[], rows: Rows, named: ReadonlySet<Speaker>): void {
  const { scores, weights } = rows.columns;
  for (const row of scored) {
    const isNamed = named.size > 0 && named.has(rows.entries[row]!.speaker!);
    scores[row]! *= isNamed ? weights[row]! * WEIGHTS.named : weights[row]!;
  }
}

function bytesOf({ vector }: Entry, terms: number): number {
  return ENTRY_BYTES + TERM_REFERENCE_BYTES * terms + (vector?.byteLength ?? 0);
}
