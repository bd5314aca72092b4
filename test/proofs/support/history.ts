import { existsSync, openSync, readFileSync, writeSync } from "node:fs";

import type { Purpose } from "./region.ts";

/** What a process tried, in words of the product. Subjects, nodes and holds go by their ids. */
export type Act =
  | {
      readonly kind: "remember";
      readonly subject: string;
      readonly purpose: Purpose;
      readonly contents: readonly string[];
    }
  | {
      readonly kind: "derive";
      readonly subject: string;
      readonly purpose: Purpose;
      readonly sources: readonly string[];
      readonly contents: readonly string[];
    }
  | {
      readonly kind: "correct";
      readonly subject: string;
      readonly node: string;
      readonly content: string;
    }
  | { readonly kind: "forget"; readonly subject: string; readonly nodes: readonly string[] }
  | { readonly kind: "erase"; readonly subject: string }
  | { readonly kind: "grant"; readonly subject: string; readonly purpose: Purpose }
  | { readonly kind: "withdraw"; readonly subject: string; readonly purpose: Purpose }
  /** `nodes: null` holds the whole person. */
  | { readonly kind: "hold"; readonly subject: string; readonly nodes: readonly string[] | null }
  | { readonly kind: "release"; readonly subject: string; readonly hold: string }
  | {
      readonly kind: "recall";
      readonly subject: string;
      readonly purpose: Purpose;
      readonly limit: number;
    }
  | {
      readonly kind: "block";
      readonly subject: string;
      readonly purpose: Purpose;
      readonly limit: number;
    }
  /** Everything of a subject, by right. */
  | { readonly kind: "export"; readonly subject: string }
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "rotate" }
  | { readonly kind: "sweep" };

export interface SeenNode {
  readonly id: string;
  readonly revision: number;
  readonly content: string;
}

/** What an acknowledgement said; each act has its own part of it. */
export interface Answer {
  /** Made, or read. */
  readonly nodes?: readonly SeenNode[];
  /** Of the entry that stands for a release. */
  readonly auditLog?: string;
  readonly auditIndex?: number;
  readonly subject?: string;
  readonly revision?: number;
  /** How many nodes a hold kept from the act. */
  readonly held?: number;
  readonly hold?: string;
  /** How many erasures a withdrawal led to. */
  readonly erasures?: number;
  readonly context?: string;
}

/** `null`: it was never acknowledged, because its process died. */
export type Outcome = { readonly ok: Answer } | { readonly error: string } | null;

/** One act with the times, in µs of one monotonic clock, between which it happened, if it did. */
export interface Operation {
  readonly by: string;
  readonly act: Act;
  readonly begun: number;
  /** `Infinity` when it was never acknowledged. */
  readonly ended: number;
  readonly outcome: Outcome;
}

/** Where a process writes down what it begins and what was acknowledged, before it goes on. */
export interface Journal {
  begin(act: Act): (outcome: Exclude<Outcome, null>) => void;
}

/** CLOCK_MONOTONIC: the same for all processes of a machine. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

type Line =
  | readonly ["begin", id: string, at: number, act: Act]
  | readonly ["end", id: string, at: number, outcome: Exclude<Outcome, null>];

/**
 * A journal in a file. Each line is one synchronous write: it is with the system, and outlives
 * this process, before the call returns.
 */
export function fileJournal(path: string, by: string): Journal {
  const file = openSync(path, "a");
  const put = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`);
  let count = 0;
  return {
    begin(act) {
      const id = `${by}/${(count += 1)}`;
      put(["begin", id, nowUs(), act]);
      return (outcome) => put(["end", id, nowUs(), outcome]);
    },
  };
}

/** The operations of several journals. A last line that a kill cut short was never written. */
export function readJournals(paths: readonly string[]): Operation[] {
  // One that was killed while it started has none.
  const written = paths.filter((path) => existsSync(path));
  return written.flatMap((path) =>
    operationsOf(readFileSync(path, "utf8").split("\n").slice(0, -1)),
  );
}

function operationsOf(lines: readonly string[]): Operation[] {
  const operations = new Map<string, Operation>();
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    const [what, id, at] = line;
    if (what === "begin") {
      const by = id.slice(0, id.lastIndexOf("/"));
      operations.set(id, { by, act: line[3], begun: at, ended: Infinity, outcome: null });
    } else {
      operations.set(id, { ...operations.get(id)!, ended: at, outcome: line[3] });
    }
  }
  return [...operations.values()];
}

/** A journal of this process, for as long as it lives. */
export function memoryJournal(by: string): Journal & { readonly operations: Operation[] } {
  const operations: Operation[] = [];
  return {
    operations,
    begin(act) {
      const at = operations.push({ by, act, begun: nowUs(), ended: Infinity, outcome: null }) - 1;
      return (outcome) => {
        operations[at] = { ...operations[at]!, ended: nowUs(), outcome };
      };
    },
  };
}
