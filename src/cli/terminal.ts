import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Where a command line writes: answers to one stream, everything else to the other. */
export interface Terminal {
  print(line: string): void;
  /** One line on the error stream. */
  complain(line: string): void;
  /** Styled where a person watches the answers, plain where a file or a pipe takes them. */
  style(style: Style, text: string): string;
  /** A bar on the error stream, drawn only where a person watches it. */
  progress(label: string, total: number | null): Progress;
}

export interface Progress {
  step(count?: number): void;
  end(): void;
}

const BAR_WIDTH = 24;

/** How often a bar is drawn anew at most. */
const DRAW_EVERY_MS = 50;

export function createTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream): Terminal {
  return {
    print: (line) => void out.write(`${line}\n`),
    complain: (line) => void err.write(`${line}\n`),
    style: (style, text) => styleText(style, text, { stream: out }),
    progress: (label, total) => (err.isTTY ? drawnProgress(err, label, total) : SILENT),
  };
}

const SILENT: Progress = { step: () => {}, end: () => {} };

function drawnProgress(err: NodeJS.WriteStream, label: string, total: number | null): Progress {
  let done = 0;
  let drawnAt = -Infinity;
  return {
    step(count = 1) {
      done += count;
      if (performance.now() - drawnAt < DRAW_EVERY_MS) return;
      drawnAt = performance.now();
      err.write(`\r\u001b[K${label} ${drawing(done, total)}`);
    },
    end: () => void err.write("\r\u001b[K"),
  };
}

function drawing(done: number, total: number | null): string {
  if (total === null || total === 0) return String(done);
  const full = Math.min(BAR_WIDTH, Math.round((done / total) * BAR_WIDTH));
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${done}/${total}`;
}
