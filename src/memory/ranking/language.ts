import type { EpochMs } from "#kernel";

/** What a language knows about its words. Words come in lower-case. */
export interface Language {
  /** Words too common to search by. */
  readonly stopWords: ReadonlySet<string>;
  /** The form that a word shares with its inflections. */
  stem(word: string): string;
  /** The words by which somebody asks for a day (UTC). */
  dateWords(at: EpochMs): readonly string[];
}
