import {
  appendLeaf,
  headAt,
  leafHash,
  openNotary,
  rootOf,
  type AuditStore,
  type Checkpoint,
  type LogCheck,
  type LogFault,
  type LogName,
} from "#audit";
import { sameBytes } from "#kernel";

import type { Opened } from "./open.ts";

const PAGE = 1024;

/**
 * Checks the end of each log: every entry from `from` on against its hash, and the root over the
 * stored hashes before and the new ones against the head and the notary's checkpoint.
 *
 * Limits: entries before `from` are taken by their stored hashes. A change of their bytes, or a
 * read after an erasure, is what the whole check finds.
 */
export async function checkTails(
  { stores, region }: Pick<Opened, "stores" | "region">,
  from: number,
  onProgress: (entries: number) => void,
): Promise<readonly LogCheck[]> {
  const notary = await openNotary(stores.notary, region, stores.audit.logs);
  const checks: LogCheck[] = [];
  for (const log of stores.audit.logs) {
    const signed = await notary.last(log);
    checks.push(await checkTail(stores.audit, { log, from, signed, onProgress }));
  }
  return checks;
}

async function checkTail(
  store: AuditStore,
  asked: {
    readonly log: LogName;
    readonly from: number;
    readonly signed: Checkpoint | null;
    readonly onProgress: (entries: number) => void;
  },
): Promise<LogCheck> {
  const { log, signed, onProgress } = asked;
  const stored = await store.head(log);
  const from = Math.min(asked.from, stored.size);
  let head = await headAt((...at) => store.hashes(log, ...at), from);
  let [checked, pruned] = [0, 0];
  const faults: LogFault[] = [];
  const compareSigned = (): void => {
    if (head.size !== signed?.size || sameBytes(rootOf(head), signed.root)) return;
    faults.push({ fault: "checkpoint-wrong", index: signed.size });
  };
  compareSigned();
  for (let next = from; next < stored.size;) {
    const page = await store.entries(log, {
      from: next,
      limit: Math.min(PAGE, stored.size - next),
    });
    for (const { index, bytes, hash } of page) {
      if (index !== next) break;
      if (bytes === null) pruned += 1;
      else if (sameBytes(leafHash(bytes), hash)) checked += 1;
      else faults.push({ fault: "entry-changed", index });
      ({ head } = appendLeaf(head, hash));
      compareSigned();
      next += 1;
    }
    if (head.size !== next || page.length === 0 || page.at(-1)!.index !== next - 1) {
      faults.push({ fault: "leaf-missing", index: next });
      break;
    }
    onProgress(page.length);
  }
  const isWhole = sameBytes(rootOf(head), rootOf(stored));
  if (head.size === stored.size && !isWhole) faults.push({ fault: "head-wrong", index: head.size });
  if (signed && signed.size > stored.size) {
    faults.push({ fault: "checkpoint-wrong", index: signed.size });
  }
  return { log, size: stored.size, checked, pruned, faults };
}
