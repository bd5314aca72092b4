/** Ranks one person's memories for a question. Pure: no clock, no file, no network. */
export { type LexicalIndex, createLexicalIndex } from "./lexical-index.ts";
