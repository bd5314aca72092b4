/** Scores a search engine by the evidence turns it finds for labelled questions. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One turn of a labelled conversation: one memory. */
export interface Turn {
  readonly id: string;
  readonly text: string;
  readonly speaker: string | null;
  readonly role: "user" | "assistant" | null;
  readonly session: string | null;
  readonly position: number;
  readonly createdAt: number;
}

export interface Question {
  readonly text: string;
  readonly evidence: readonly string[];
}

/** One person's turns, and the questions about them. */
export interface Conversation {
  readonly subject: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly Question[];
}

/** Takes one conversation in, and answers a question with turn ids, the best first. */
export type OpenEngine = (turns: readonly Turn[]) => Promise<Engine> | Engine;

export interface Engine {
  search(question: string, limit: number): Promise<readonly string[]> | readonly string[];
}

export interface RecallScore {
  readonly questions: number;
  /** Share of the evidence found within the first 5, 10 and 20, in percent. */
  readonly recallAt: readonly [number, number, number];
  readonly queryMsMedian: number;
  readonly buildMsMedian: number;
}

const CUTS = [5, 10, 20] as const;

/** Recall@k: the share of a question's evidence among the first k, as a mean over questions. */
export async function scoreRecall(
  conversations: readonly Conversation[],
  open: OpenEngine,
): Promise<RecallScore> {
  const found = [0, 0, 0] as [number, number, number];
  const queryMs: number[] = [];
  const buildMs: number[] = [];
  for (const { turns, questions } of conversations) {
    const buildStart = performance.now();
    const engine = await open(turns);
    buildMs.push(performance.now() - buildStart);
    for (const question of questions) {
      const start = performance.now();
      const ids = await engine.search(question.text, 20);
      queryMs.push(performance.now() - start);
      CUTS.forEach((cut, index) => {
        found[index]! += share(question.evidence, ids.slice(0, cut));
      });
    }
  }
  const percent = (sum: number): number => (100 * sum) / queryMs.length;
  return {
    questions: queryMs.length,
    recallAt: [percent(found[0]), percent(found[1]), percent(found[2])],
    queryMsMedian: median(queryMs),
    buildMsMedian: median(buildMs),
  };
}

function share(evidence: readonly string[], ids: readonly string[]): number {
  return evidence.filter((id) => ids.includes(id)).length / evidence.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;
}

/** Reads a labelled set, or returns `null` where its folder is absent. */
export function readConversations(folder: string): Conversation[] | null {
  if (!existsSync(folder)) return null;
  const sessions = readLines<SessionLine>(join(folder, "conversations.jsonl"));
  const asked = readLines<QuestionLine>(join(folder, "questions.jsonl"));
  return [...Map.groupBy(sessions, (line) => line.subject)].map(([subject, lines]) => ({
    subject,
    turns: lines.flatMap(turnsOf),
    questions: asked.filter((line) => line.subject === subject).flatMap(questionsOf),
  }));
}

interface SessionLine {
  readonly subject: string;
  readonly session: string;
  readonly time: string | null;
  readonly turns: readonly {
    readonly id: string;
    readonly speaker: string;
    readonly text: string;
    readonly image?: string;
    readonly time?: string;
  }[];
}

interface QuestionLine {
  readonly subject: string;
  readonly question: string;
  readonly category: string;
  readonly evidence: readonly string[];
  readonly evidenceAudited?: readonly string[];
}

function readLines<Line>(path: string): Line[] {
  const zipped = `${path}.gz`;
  const text = existsSync(zipped)
    ? gunzipSync(readFileSync(zipped)).toString("utf8")
    : readFileSync(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Words that the sets write where no person speaks. */
const NOBODY = new Set(["user", "assistant", "memory"]);

function turnsOf({ session, time, turns }: SessionLine): Turn[] {
  return turns.map((turn, position) => ({
    id: turn.id,
    text: turn.image === undefined ? turn.text : `${turn.text} [${turn.image}]`,
    speaker: NOBODY.has(turn.speaker) ? null : turn.speaker,
    role: turn.speaker === "user" || turn.speaker === "assistant" ? turn.speaker : null,
    session: time === null ? null : session,
    position,
    createdAt: Date.parse(turn.time ?? time ?? "1970-01-01"),
  }));
}

/** An adversarial question has no answer in the conversation: finding its bait is no merit. */
function questionsOf(line: QuestionLine): Question[] {
  const evidence = line.evidenceAudited ?? line.evidence;
  if (line.category === "adversarial" || evidence.length === 0) return [];
  return [{ text: line.question, evidence }];
}
