import type { Operation } from "./history.ts";

/** Lines at most: the first ones say what went wrong. */
const LINES_MAX = 60;

/** The acts that had to do with the memories which the first fault names, in order. */
export function storyOf(history: readonly Operation[], [first]: readonly string[]): string {
  if (first === undefined) return "";
  const ids = first.match(/node_[A-Za-z0-9_-]{22}/g) ?? [];
  const told = history
    .filter(({ act, outcome }) => {
      if (act.kind === "recall" || act.kind === "block" || act.kind === "register") return false;
      const text = JSON.stringify([act, outcome]);
      return ids.some((id) => text.includes(id));
    })
    .toSorted((left, right) => left.begun - right.begun)
    .map(({ by, act, begun, ended, outcome }) =>
      [by, begun, ended, JSON.stringify(act), JSON.stringify(outcome)].join(" "),
    );
  return told.slice(0, LINES_MAX).join("\n");
}
