import type { Operation } from "./history.ts";

/** Lines at most: the first ones say what went wrong. */
const LINES_MAX = 60;

const NODE = /node_[A-Za-z0-9_-]{22}/g;

/** The acts on the memories that the first fault names, and on what those were made from. */
export function storyOf(history: readonly Operation[], [first]: readonly string[]): string {
  if (first === undefined) return "";
  const named = new Set(first.match(NODE) ?? []);
  const told = history
    .filter(({ act }) => !["recall", "block", "export", "register"].includes(act.kind))
    .map((operation) => ({ operation, text: lineOf(operation) }));
  const tells = (text: string): boolean => [...named].some((id) => text.includes(id));
  const origins = told.filter(
    ({ operation, text }) => operation.act.kind === "derive" && tells(text),
  );
  for (const { text } of origins) for (const id of text.match(NODE) ?? []) named.add(id);
  return told
    .filter(({ text }) => tells(text))
    .toSorted((left, right) => left.operation.begun - right.operation.begun)
    .slice(0, LINES_MAX)
    .map(({ text }) => text)
    .join("\n");
}

function lineOf({ by, act, begun, ended, outcome }: Operation): string {
  return [by, begun, ended, JSON.stringify(act), JSON.stringify(outcome)].join(" ");
}
