import { fileURLToPath } from "node:url";

import { gdpr, sb243, type ConfigInput, type PurposeInput } from "#policy";

import { CliError } from "../cli-error.ts";
import type { Stored } from "../import/import-lines.ts";
import { linesOf } from "../import/parse-line.ts";

/** What one run of the demo is about. */
export interface Scenario {
  readonly title: string;
  /** JSON lines. */
  readonly file: string;
  readonly packs: ConfigInput["packs"] & object;
  readonly purposes: Readonly<Record<string, PurposeInput>>;
  /** What a memory is stored for when its line does not say. */
  readonly purpose: string;
  /** The purpose that one session, or some turns, are stored for instead. */
  readonly withdrawn: string;
  readonly purposeOf: (subject: string, session: string | null) => string | null;
  /** Asked under both purposes. */
  readonly asked: { readonly allowed: string; readonly forbidden: string };
  readonly choose: (stored: readonly Stored[]) => Choice;
  /** Whether a reader may see what is recalled: it is a conversation of our own. */
  readonly shown: boolean;
}

/** What the demo does with one person's memories. */
export interface Choice {
  readonly question: string;
  readonly corrected: Stored;
  readonly correction: string;
  readonly forgotten: Stored;
}

const CONVERSATION = fileURLToPath(new URL("conversation.jsonl", import.meta.url));

/** The conversation that ships with Oubli: a boat builder and her assistant. */
export const MARA: Scenario = {
  title: "Mara restores wooden boats. She told an assistant about her work, and about bad nights.",
  file: CONVERSATION,
  packs: [gdpr(), sb243()],
  purposes: {
    support: {
      basis: "contract",
      categories: ["preference", "work", "account", "other"],
      retention: "P2Y",
    },
    mood_tracking: {
      basis: "consent",
      condition: "explicit-consent",
      categories: ["mental_health", "health"],
      retention: "P90D",
    },
  },
  purpose: "support",
  withdrawn: "mood_tracking",
  purposeOf: () => null,
  asked: { allowed: "mood_tracking", forbidden: "support" },
  choose: (stored) => ({
    question: "How has Mara been sleeping, and what does she take for it?",
    corrected: saying(stored, "former tram depot"),
    correction: "My workshop is in Antwerp, in a former tram depot near the canal.",
    forgotten: saying(stored, "wedding ring"),
  }),
  shown: true,
};

/** Conversations from a file: the last session of each person is stored for another purpose. */
export async function fileScenario(file: string): Promise<Scenario> {
  const last = new Map<string, string | null>();
  const first = new Map<string, string | null>();
  for await (const { subject, session } of linesOf(file)) {
    if (subject === null) continue;
    if (!first.has(subject)) first.set(subject, session);
    last.set(subject, session);
  }
  return {
    title: `Conversations of ${last.size} people, from a file.`,
    file,
    packs: [gdpr()],
    purposes: { keepsake: { basis: "consent", categories: ["other"], retention: "P1Y" } },
    purpose: "assistant",
    withdrawn: "keepsake",
    purposeOf: (subject, session) =>
      session === last.get(subject) && session !== first.get(subject) ? "keepsake" : null,
    asked: { allowed: "assistant", forbidden: "analytics" },
    choose,
    shown: false,
  };
}

/** The longest memories of the purpose that stays: no other text is like them. */
function choose(stored: readonly Stored[]): Choice {
  const staying = stored.filter(({ purpose, event }) => purpose === "assistant" && event !== null);
  const [asked, corrected, forgotten] = staying.toSorted(
    (left, right) => right.content.length - left.content.length,
  );
  if (!asked || !corrected || !forgotten) {
    throw new CliError("FILE", "--from needs three turns with an id for each person at least");
  }
  return {
    question: asked.content,
    corrected,
    correction: "This was said by mistake, and has been put right since.",
    forgotten,
  };
}

function saying(stored: readonly Stored[], words: string): Stored {
  return stored.find(({ content }) => content.includes(words))!;
}
