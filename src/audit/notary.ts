import { OubliError } from "#kernel";
import { verifyConsistency } from "#verify";

import type { Head } from "./audit-store.ts";
import { LOG_NAMES, type LogName } from "./log-names.ts";
import { nodeHash, rootOf } from "./merkle.ts";
import { checkpointText, noteSigner, type NoteSigner } from "./signed-note.ts";

/** The last checkpoint that a notary signed for one log. */
export interface Checkpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/**
 * The notary's own small store. It is never restored together with the databases: that is what
 * lets it notice that they were.
 */
export interface NotaryStore {
  /** 32 random bytes, made at first use and the same ever after: the signing key of this log. */
  seed(log: LogName): Promise<Uint8Array>;
  /** The logs that have a seed. */
  seeded(): Promise<readonly LogName[]>;
  /** Eight hexadecimal digits, made at first use: tells this installation's logs from others'. */
  installation(): Promise<string>;
  last(log: LogName): Promise<Checkpoint | null>;
  /** Replaces the checkpoint if the last one has size `expected`; durable when resolved. */
  compareAndSwap(log: LogName, expected: number, next: Checkpoint): Promise<boolean>;
  /** The last checkpoints of the origins that this log gave up, oldest first; none at first. */
  forked(log: LogName): Promise<readonly Checkpoint[]>;
  /**
   * Gives an origin up: its last checkpoint is kept, and the next one is the first of another
   * origin. `false` when the last one does not have size `expected`.
   */
  fork(log: LogName, expected: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface Notary {
  /** Every log that it has a key for: those it was opened for, and those it ever was. */
  readonly logs: readonly LogName[];
  readonly verifierKey: (log: LogName) => string;
  readonly origin: (log: LogName) => string;
  /** The keys of all origins that this log ever had, the present one first. */
  readonly verifierKeys: (log: LogName) => readonly string[];
  /** A note over a text that is no checkpoint, signed as the ledger. `text` ends with a newline. */
  attest(text: string): Promise<string>;
  last(log: LogName): Promise<Checkpoint | null>;
  /** What was signed last under each origin that was given up, oldest first. */
  forked(log: LogName): Promise<readonly Checkpoint[]>;
  /**
   * Signs a larger head of a log, if `proof` shows that it holds all that was signed before.
   *
   * @returns the new checkpoint, or `null` when another process signed meanwhile.
   * @throws {OubliError} `LOG_FORKED` when the head is not an extension of the last checkpoint.
   */
  sign(
    log: LogName,
    last: Checkpoint | null,
    head: Head,
    proof: readonly Uint8Array[],
  ): Promise<Checkpoint | null>;
}

/** Opens the notary of one region's logs. */
export async function openNotary(
  store: NotaryStore,
  region: string,
  logs: readonly LogName[] = LOG_NAMES,
): Promise<Notary> {
  const installation = await store.installation();
  const signers = new Map<LogName, readonly NoteSigner[]>();
  for (const log of new Set([...logs, ...(await store.seeded())])) {
    signers.set(log, await signersOf(store, installation, region, log));
  }
  const signer = (log: LogName): NoteSigner => signers.get(log)![0]!;
  return {
    logs: [...signers.keys()],
    verifierKey: (log) => signer(log).verifierKey,
    verifierKeys: (log) => signers.get(log)!.map(({ verifierKey }) => verifierKey),
    origin: (log) => signer(log).name,
    attest: async (text) => signer("ledger").sign(text),
    last: (log) => store.last(log),
    forked: (log) => store.forked(log),
    async sign(log, last, head, proof) {
      const root = rootOf(head);
      if (last && !(await extendsLast(last, head, root, proof))) {
        throw new OubliError("LOG_FORKED", { signed: last.size, found: head.size });
      }
      const note = signer(log).sign(checkpointText(signer(log).name, head.size, root));
      const next = { size: head.size, root, note };
      return (await store.compareAndSwap(log, last?.size ?? 0, next)) ? next : null;
    },
  };
}

/**
 * The signers of a log's origins, the present one first. A fork has a name of its own, so that no
 * checkpoint of one history is ever taken for the other's.
 */
async function signersOf(
  store: NotaryStore,
  installation: string,
  region: string,
  log: LogName,
): Promise<readonly NoteSigner[]> {
  const seed = await store.seed(log);
  const name = `oubli/${installation}/${region}/${log}`;
  const forks = (await store.forked(log)).map((_, at) => `${name}/fork-${at + 1}`);
  return [name, ...forks].reverse().map((origin) => noteSigner(origin, seed));
}

function extendsLast(
  last: Checkpoint,
  head: Head,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  const claim = {
    oldSize: last.size,
    oldRoot: last.root,
    newSize: head.size,
    newRoot: root,
    hashes: proof,
  };
  return verifyConsistency(claim, nodeHash);
}
