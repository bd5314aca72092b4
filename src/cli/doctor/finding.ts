import { isOubliError } from "#kernel";

/** `not checked` is no verdict: nothing is called held that was not looked at. */
export type State = "held" | "broken" | "not checked";

export interface Finding {
  /** A code for scripts. A released one keeps its meaning. */
  readonly check: string;
  readonly title: string;
  readonly state: State;
  /** What was looked at, and what was found: numbers and codes, nothing that a person said. */
  readonly evidence: string;
  /** Held, and yet something to look after. */
  readonly warning: boolean;
}

/** One check: its code, and what it promises. */
export interface Promised {
  readonly check: string;
  readonly title: string;
}

/** The environment that the promises rest on. */
export const GROUND = {
  root: { check: "root", title: "Root keys are there, and nobody else may read them" },
  folder: { check: "data-folder", title: "Nobody else may list or enter the data folder" },
  volume: { check: "root-volume", title: "Root keys lie apart from the data" },
  integrity: { check: "integrity", title: "The database files are sound" },
  opens: { check: "opens", title: "The store opens" },
  settings: { check: "settings", title: "Writes are durable, deletions overwrite" },
  restore: { check: "restore", title: "No database is behind the ledger" },
  epochs: { check: "key-epochs", title: "No key epoch is kept from its end" },
  server: { check: "server", title: "The server keeps what it acknowledged" },
  transport: { check: "transport", title: "No connection beyond this machine is readable" },
  roles: {
    check: "database-roles",
    title: "The application's roles own nothing, change no history",
  },
  canaries: { check: "canaries", title: "A person can be remembered, and erased without a trace" },
  audit: { check: "audit-log", title: "The audit log is whole" },
} as const satisfies Record<string, Promised>;

/** The ten promises, in the order of the design. */
export const INVARIANTS = {
  audited: { check: "invariant-1", title: "Nothing is released before its audit entry is durable" },
  acknowledged: { check: "invariant-2", title: "What was erased is never recalled again" },
  residue: { check: "invariant-3", title: "Nothing of a memory stands readable on the disk" },
  crash: { check: "invariant-4", title: "Acknowledged writes last, interrupted erasures finish" },
  restored: { check: "invariant-5", title: "Old backups bring nothing erased back" },
  isolation: { check: "invariant-6", title: "One person's calls never touch another's memories" },
  symmetry: { check: "invariant-7", title: "What export shows is what erase destroys" },
  holds: { check: "invariant-8", title: "A hold beats every destruction" },
  expiry: { check: "invariant-9", title: "Nothing expired is readable" },
  refusals: { check: "invariant-10", title: "Every refusal is in the log" },
} as const satisfies Record<string, Promised>;

/** Runs one check. One that ends in an error did not hold. */
export async function attempt(promised: Promised, work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    return found(promised, false, isOubliError(error) ? error.code : nameOf(error));
  }
}

/** A foreign error's kind; its message may hold values. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

export function found(
  promised: Promised,
  holds: boolean,
  evidence: string,
  warning = false,
): Finding {
  return { ...promised, state: holds ? "held" : "broken", evidence, warning };
}

export function notChecked(promised: Promised, evidence: string): Finding {
  return { ...promised, state: "not checked", evidence, warning: false };
}
