import { run } from "./run.ts";
import { createTerminal } from "./terminal.ts";

const USED = /SQLite|Type Stripping/;

/** Runs the command line of this process. */
export async function runHere(): Promise<void> {
  silenceExperiments();
  // Whoever reads us may stop early (`oubli list | head`): that is no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const terminal = createTerminal(process.stdout, process.stderr);
  process.exitCode = await run(process.argv.slice(2), {
    terminal,
    folder: process.cwd(),
    environment: process.env,
  });
}

/** Node 24 calls some of what we use experimental at every start; stderr keeps to our line. */
function silenceExperiments(): void {
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]) => {
    const isExperimental = given.some((value) => value === "ExperimentalWarning");
    if (!isExperimental || !USED.test(String(given[0]))) emitWarning(...given);
  };
}
