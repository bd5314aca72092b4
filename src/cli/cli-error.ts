import { EXIT, type Exit } from "./command.ts";

/** Failures of the command line itself; all others are the engine's. */
const KINDS = {
  USAGE: EXIT.usage,
  NO_STORE: EXIT.error,
  NOT_FOUND: EXIT.error,
  FILE: EXIT.error,
} as const satisfies Record<string, Exit>;

/** @param message Written here, word for word: nothing that was typed may stand in it. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: keyof typeof KINDS;

  constructor(code: keyof typeof KINDS, message: string) {
    super(message);
    this.code = code;
  }

  get exit(): Exit {
    return KINDS[this.code];
  }
}
