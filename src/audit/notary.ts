import { OubliError } from "#kernel";
import { verifyConsistency } from "#verify";

import type { Head } from "./audit-store.ts";
import type { LogName } from "./entry.ts";
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
  /** Eight hexadecimal digits, made at first use: tells this installation's logs from others'. */
  installation(): Promise<string>;
  last(log: LogName): Promise<Checkpoint | null>;
  /** Replaces the checkpoint if the last one has size `expected`; durable when resolved. */
  compareAndSwap(log: LogName, expected: number, next: Checkpoint): Promise<boolean>;
  close(): Promise<void>;
}

export interface Notary {
  readonly verifierKey: (log: LogName) => string;
  readonly origin: (log: LogName) => string;
  last(log: LogName): Promise<Checkpoint | null>;
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

/** Opens the notary of one region's two logs. */
export async function openNotary(store: NotaryStore, region: string): Promise<Notary> {
  const installation = await store.installation();
  const signers = {
    access: await signerOf(store, installation, region, "access"),
    ledger: await signerOf(store, installation, region, "ledger"),
  };
  return {
    verifierKey: (log) => signers[log].verifierKey,
    origin: (log) => signers[log].name,
    last: (log) => store.last(log),
    async sign(log, last, head, proof) {
      const root = rootOf(head);
      if (last && !(await extendsLast(last, head, root, proof))) {
        throw new OubliError("LOG_FORKED", { signed: last.size, found: head.size });
      }
      const note = signers[log].sign(checkpointText(signers[log].name, head.size, root));
      const next = { size: head.size, root, note };
      return (await store.compareAndSwap(log, last?.size ?? 0, next)) ? next : null;
    },
  };
}

async function signerOf(
  store: NotaryStore,
  installation: string,
  region: string,
  log: LogName,
): Promise<NoteSigner> {
  return noteSigner(`oubli/${installation}/${region}/${log}`, await store.seed(log));
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
