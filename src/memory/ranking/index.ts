/** Ranks one person's memories for a question. Pure: no clock, no file, no network. */
export type { Ranked } from "./best.ts";
export { english } from "./english.ts";
export type { RankedDocument, Role } from "./entry.ts";
export type { Language } from "./language.ts";
export { type LexicalIndex, type RankOptions, createLexicalIndex } from "./lexical-index.ts";
