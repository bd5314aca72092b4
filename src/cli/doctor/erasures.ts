import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { storedEntries, tryReadEntry, type Entry } from "#audit";
import { lastNarrowing } from "#erasure";
import { systemClock, type NodeId, type SubjectId } from "#kernel";

import type { Opened } from "../open.ts";
import { count } from "../table.ts";
import type { Canary } from "./canary.ts";
import { found, GROUND, INVARIANTS, type Finding } from "./finding.ts";
import { scanFolders, type Needle } from "./residue.ts";

/** That both databases have everything that the ledger narrowed. */
export async function checkRestore({ stores }: Opened): Promise<Finding> {
  const { size } = await stores.audit.head("ledger");
  const oldest = await stores.audit.oldestPending();
  const wanted = Math.min(size, oldest ?? size) - 1;
  const keys = await stores.keys.appliedLedgerIndex();
  const memory = await stores.memory.appliedLedgerIndex();
  const last = await lastNarrowing(stores.audit);
  const evidence = `ledger ${size}, keys applied to ${keys}, memory to ${memory}`;
  return found(GROUND.restore, Math.min(keys, memory) >= Math.min(last, wanted), evidence);
}

/** Whether a row that does not open keeps an epoch, and what was erased under it from its end. */
export async function checkEpochs({ stores }: Opened): Promise<Finding> {
  const retiring = (await stores.keys.epochs()).filter(({ state }) => state === "retiring");
  const [epoch] = retiring.map((one) => one.epoch);
  if (epoch === undefined) return found(GROUND.epochs, true, "none retires");
  const rows = count(await stores.keys.rowsUnder(epoch), "row");
  const last = tryReadEntry((await stores.audit.lastEntry("ledger", "key.epoch"))?.bytes ?? null);
  const kept = last?.["from"] === epoch && last["evidence"] === null;
  if (!kept) {
    const evidence = `epoch ${epoch} retires, ${rows} to move; oubli keys rotate ends it`;
    return found(GROUND.epochs, true, evidence, true);
  }
  const { rows: damaged } = last["damaged"] as { readonly rows: number };
  const evidence =
    `epoch ${epoch} cannot end: ${rows} under it, ${damaged} do not open; ` +
    `what was erased under it is not final. oubli keys rotate names whose they are`;
  return found(GROUND.epochs, false, evidence);
}

/** 4: what is left of interrupted acts. A crash itself is not tried on a live store. */
export async function checkCrash({ stores }: Opened): Promise<Finding> {
  const oldest = await stores.audit.oldestPending();
  const evidence =
    oldest === null
      ? "no interrupted erasure; writes reach the disk before they are acknowledged"
      : `an erasure is not finished: ledger/${oldest}; oubli sweep finishes it`;
  return found(INVARIANTS.crash, oldest === null, `${evidence} (a crash is not tried here)`);
}

/** 5: no node that the ledger erased has a key, and an erased one cannot be given one again. */
export async function checkRestored(opened: Opened, canary: Canary): Promise<Finding> {
  const { stores } = opened;
  let [erased, people, alive] = [0, 0, 0];
  const keyedOf = keyedNodes(opened);
  for await (const entry of intents(stores.audit)) {
    const gone = await destroyedBy(opened, entry);
    if (gone === null) continue;
    const keyed = await keyedOf(entry.subject!);
    if ("nodes" in gone) {
      erased += gone.nodes.length;
      alive += gone.nodes.filter((node) => keyed.has(node)).length;
    } else {
      people += 1;
      alive += [...keyed].filter((node) => !gone.held.includes(node)).length;
    }
  }
  const again = await revive(opened, canary.subject.id, canary.nodes[0]);
  const evidence =
    `${count(erased, "node")} and ${count(people, "person", "people")} erased: ` +
    `${count(alive, "key")} left; ` +
    `a key for an erased canary: ${again}`;
  return found(INVARIANTS.restored, alive === 0 && erased > 0 && again === "fenced", evidence);
}

/** A person's acts mostly stand near one another: the keys of the last one are kept. */
function keyedNodes({ stores }: Opened): (subject: SubjectId) => Promise<ReadonlySet<NodeId>> {
  let last: SubjectId | null = null;
  let nodes: ReadonlySet<NodeId> = new Set();
  return async (subject) => {
    if (last === subject) return nodes;
    nodes = new Set((await stores.keys.liveRefs(subject)).map(({ node }) => node));
    last = subject;
    return nodes;
  };
}

async function* intents(store: Opened["stores"]["audit"]): AsyncGenerator<Entry> {
  for await (const { type, bytes } of storedEntries(store, "ledger")) {
    const entry = type === "erase.intent" ? tryReadEntry(bytes) : null;
    if (entry?.subject) yield entry;
  }
}

type Gone = { readonly nodes: readonly NodeId[] } | { readonly held: readonly NodeId[] };

/** What an intent destroyed: nodes, or a person but for what was held; `null` if it waits. */
async function destroyedBy({ stores }: Opened, entry: Entry): Promise<Gone | null> {
  const id = entry["erasure"] as Parameters<typeof stores.audit.erasure>[1];
  const erasure = await stores.audit.erasure(entry.subject!, id);
  if (erasure?.stage !== "executed" && erasure?.stage !== "final") return null;
  const nodes = entry["nodes"] as readonly { readonly id: NodeId }[] | null;
  if (nodes !== null) return { nodes: nodes.map((node) => node.id) };
  // A list of held nodes that goes over several entries is no list in any one of them.
  return entry["parts"] === 1 ? { held: entry["held"] as readonly NodeId[] } : null;
}

/** What a restore or an import would do: insert a key for the node once more. */
async function revive({ stores }: Opened, subject: SubjectId, node: NodeId): Promise<string> {
  const row = await stores.keys.subjectKey(subject);
  const key = { node, revision: 1, wrapped: new Uint8Array(60) };
  const at = systemClock.now();
  const result = await stores.keys.insertNodeKeys(subject, row?.version ?? 1, at, [key]);
  if (result === "inserted") await stores.keys.dropNodeKeys(subject, [key]);
  return result;
}

/** The wrapped keys of some nodes, byte for byte, to look for them in the files. */
export function wrappedKeys(data: string, { subject, nodes }: Canary): readonly Needle[] {
  using database = new DatabaseSync(join(data, "keys.db"), { readOnly: true });
  const select = database.prepare(
    "SELECT wrapped FROM node_key WHERE subject_id = ? AND node_id = ?",
  );
  return nodes.slice(0, 1).flatMap((node) => {
    const row = select.get(subject.id, node) as { wrapped: Uint8Array } | undefined;
    const bytes = row && Buffer.from(row.wrapped);
    return bytes ? [{ name: "wrapped key", patterns: [{ encoding: "raw", bytes }] }] : [];
  });
}

/** Durability is asserted at every opening; that deletions overwrite is seen in the files. */
export async function checkSettings(
  data: string,
  keys: readonly Needle[],
  before: number,
): Promise<Finding> {
  const { hits } = await scanFolders([data], keys);
  const evidence =
    `synchronous FULL and secure_delete ON, asserted at opening; the wrapped key of an erased ` +
    `canary: in ${count(before, "file")} before, in ${hits.length} after`;
  return found(GROUND.settings, before > 0 && hits.length === 0, evidence);
}
