import { command, EXIT } from "../command.ts";

/** As often as the engine does it by itself. */
const SWEEP_SECONDS = 3600;

export const work = command({
  name: "work",
  summary: "Sweep, and finish what waits or was interrupted, until it is told to stop.",
  flags: {
    every: { type: "number", value: "seconds", help: "How often it sweeps (default: 3600)" },
    once: { type: "boolean", help: "Look once, and end" },
  },
  details: [
    "Run one or several, on any machine that reaches the databases and the root: a lease keeps two",
    "from doing the same. SIGTERM ends it after what it is at. A line for each sweep: counts alone.",
  ],

  async run(cli, { every, once }) {
    const { runWorker } = await import("../worker.ts");
    const seconds = every ?? cli.settings.sweepSeconds ?? SWEEP_SECONDS;
    const { runs, failed } = await runWorker(cli, { everyMs: seconds * 1000, once });
    return {
      json: { runs, failed },
      text: [`Stopped after ${runs} sweeps, ${failed} failed.`],
      exit: once && failed > 0 ? EXIT.error : EXIT.done,
    };
  },
});
