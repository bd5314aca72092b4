/** Who speaks, so that a question that names somebody can prefer their own words. */
import type { Speaker } from "./entry.ts";
import type { Language } from "./language.ts";
import { wordsOf } from "./words.ts";

export interface Speakers {
  join(name: string | null): Speaker | null;
  leave(speaker: Speaker | null): void;
  /** Speakers of whose name the question holds a word that is no stop word ("Will", "May I"). */
  namedIn(question: readonly string[]): ReadonlySet<Speaker>;
}

export function createSpeakers({ stopWords }: Language): Speakers {
  const speakers = new Map<string, Speaker>();

  return {
    join(name) {
      if (name === null) return null;
      let speaker = speakers.get(name);
      if (speaker === undefined) {
        const words = wordsOf(name).filter((word) => !stopWords.has(word));
        speaker = { name, words, entries: 0 };
        speakers.set(name, speaker);
      }
      speaker.entries++;
      return speaker;
    },

    leave(speaker) {
      if (speaker === null) return;
      speaker.entries--;
      if (speaker.entries === 0) speakers.delete(speaker.name);
    },

    namedIn(question) {
      const named = new Set<Speaker>();
      if (speakers.size === 0) return named;
      const words = new Set(question);
      for (const speaker of speakers.values()) {
        if (speaker.words.some((word) => words.has(word))) named.add(speaker);
      }
      return named;
    },
  };
}
