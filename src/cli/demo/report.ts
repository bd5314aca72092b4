import type { Cli } from "../command.ts";

/** One thing that was claimed, and whether it held in this run. */
export interface Claim {
  readonly held: boolean;
  readonly text: string;
}

export interface StepRecord {
  readonly title: string;
  readonly ms: number;
  readonly claims: readonly Claim[];
}

/** What a step says. Nothing is claimed but through `check`. */
export interface Say {
  check(held: boolean, text: string): void;
  /** Data, to look at; no claim. */
  show(text: string): void;
}

export interface Report {
  readonly steps: readonly StepRecord[];
  step<T>(title: string, work: (say: Say) => Promise<T>): Promise<T>;
}

const WIDTH = 84;

/** Numbers the steps, times them, and prints each as soon as it is done. */
export function createReport({ terminal, settings }: Cli): Report {
  const steps: StepRecord[] = [];
  const print = (line: string) => settings.json || terminal.print(line);

  return {
    steps,
    async step(title, work) {
      const claims: Claim[] = [];
      const lines: string[] = [];
      const startedAt = performance.now();
      try {
        return await work({
          check(held, text) {
            claims.push({ held, text });
            const failed = terminal.style("red", "✗ FAILED:");
            const mark = held ? terminal.style("green", "✓") : failed;
            lines.push(`    ${mark} ${text}`);
          },
          show: (text) => lines.push(terminal.style("dim", `      ${text}`)),
        });
      } finally {
        const ms = Math.round(performance.now() - startedAt);
        steps.push({ title, ms, claims });
        const number = String(steps.length).padStart(2);
        const time = `${ms.toLocaleString("en")} ms`.padStart(WIDTH - title.length);
        print(`${number}  ${terminal.style("bold", title)}${terminal.style("dim", time)}`);
        for (const line of lines) print(line);
        print("");
      }
    },
  };
}
