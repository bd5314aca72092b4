import { setTimeout as pause } from "node:timers/promises";

import { codeOf } from "#kernel";
import type { Recollection } from "#memory";

import type { Opened } from "../open.ts";
import { CANARY_TENANT, logged, recallAll, type Canary } from "./canary.ts";
import { found, INVARIANTS, type Finding } from "./finding.ts";

/** Two canaries in a live store, and a second opening of it, as another process would have one. */
export interface Trial {
  readonly opened: Opened;
  readonly second: Opened;
  readonly first: Canary;
  readonly other: Canary;
  readonly now: () => number;
}

/** 1: the entry is read back by the second opening, which sees only what is committed. */
export async function checkAudited({ opened, second, first }: Trial): Promise<Finding> {
  const released = await recallAll(first);
  const { auditLog, auditIndex } = released.why;
  const range = { from: auditIndex, limit: 1 };
  const [row] = await second.stores.audit.entries(auditLog, range);
  const names = row?.bytes ? isEntryOf(row.bytes, released) : false;
  const entries = await logged(opened, first, ["retrieve", "export"]);
  const evidence = `${first.releases} releases of a canary, ${entries} entries; the last one ${
    names ? "names" : "DOES NOT NAME"
  } what was released`;
  const whole = names && entries === first.releases && released.nodes.length > 0;
  return found(INVARIANTS.audited, whole, evidence);
}

function isEntryOf(bytes: Uint8Array, { nodes }: Recollection): boolean {
  const entry = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    readonly t: string;
    readonly nodes: readonly { readonly id: string }[];
  };
  const named = entry.nodes.map(({ id }) => id);
  return entry.t === "retrieve" && named.join() === nodes.map(({ id }) => id).join();
}

/** 10: a purpose that no policy can declare is refused, and the refusal is written down. */
export async function checkRefusals({ opened, first }: Trial): Promise<Finding> {
  const before = await logged(opened, first, ["deny"]);
  const chat = first.subject.session({ purpose: "doctor-undeclared-purpose" });
  const code = await codeOf(() => chat.recall(first.query));
  const written = (await logged(opened, first, ["deny"])) - before;
  const evidence = `refused with ${code ?? "NOTHING"}, ${written} entry`;
  return found(INVARIANTS.refusals, code === "PURPOSE_UNKNOWN" && written === 1, evidence);
}

/** 6: with another person's node id, and with their words, nothing of theirs comes back. */
export async function checkIsolation({ first, other }: Trial): Promise<Finding> {
  const [node] = first.nodes;
  const read = await codeOf(() => other.subject.get(node));
  const destroyed = await codeOf(() => other.subject.forget(node));
  const { nodes } = await recallAll(other, other.chat);
  const asked = await other.chat.recall(first.query);
  other.releases += 1;
  const theirs = new Set<string>(first.nodes);
  const leaked = [...nodes, ...asked.nodes].filter(({ id }) => theirs.has(id)).length;
  const own = nodes.some(({ id }) => id === other.nodes[0]);
  const evidence = `get: ${read}, forget: ${destroyed}, recall: ${leaked} of another's`;
  const holds = read === "NOT_FOUND" && destroyed === "ZERO_SCOPE" && leaked === 0 && own;
  return found(INVARIANTS.isolation, holds, evidence);
}

/** 7: an export's ids, and those that have a key to destroy. */
export async function checkSymmetry({ opened, other }: Trial): Promise<Finding> {
  // The one that expired is not shown to anybody any more, and still has a key to destroy.
  const expired: string = other.nodes[2];
  const exported = (await other.subject.export()).nodes.map(({ id }) => String(id));
  const keyed = (await opened.stores.keys.liveRefs(other.subject.id)).map(({ node }) => node);
  const shown = new Set([...exported, expired]);
  const destroyed = new Set<string>(keyed);
  const difference = shown.symmetricDifference(destroyed).size;
  const evidence = `${shown.size} ids exported or expired, ${destroyed.size} to destroy`;
  return found(INVARIANTS.symmetry, difference === 0, `${evidence}, ${difference} apart`);
}

/** 9: looked for in every way, while its row is still there. */
export async function checkExpiry({ opened, first, now }: Trial): Promise<Finding> {
  const node = first.nodes[2];
  await pause(Math.max(0, first.expiresAt - now()) + 1);
  const rows = (await opened.stores.memory.rows(first.subject.id, [node])).length;
  const code = await codeOf(() => first.subject.get(node));
  const listed = (await first.subject.list()).nodes.filter(({ id }) => id === node).length;
  const recalled = (await recallAll(first)).nodes.filter(({ id }) => id === node).length;
  first.releases += 1;
  const evidence = `get: ${code}, listed ${listed}, recalled ${recalled}; its row ${
    rows > 0 ? "was still there" : "was swept"
  }`;
  const holds = code === "NOT_FOUND" && listed === 0 && recalled === 0;
  return found(INVARIANTS.expiry, holds, evidence);
}

/** 2: a second opening has the node in its working set when this one forgets it. */
export async function checkAcknowledged({ first, second }: Trial): Promise<Finding> {
  const [node, , , derived] = first.nodes;
  const gone = (recollection: Recollection): boolean =>
    recollection.nodes.every(({ id }) => id !== node && id !== derived);
  const person = await second.oubli.tenant(CANARY_TENANT).subjectById(first.subject.id);
  const chat = person.session({ purpose: first.chat.purpose });
  const warm = !gone(await recallAll(first, chat));
  await first.subject.forget(node);
  const here = gone(await recallAll(first));
  const there = gone(await recallAll(first, chat));
  const evidence = `forgotten: ${here ? "not recalled" : "RECALLED"} here, ${
    there ? "not recalled" : "RECALLED"
  } by a second opening that ${warm ? "had it in memory" : "had never seen it"}`;
  return found(INVARIANTS.acknowledged, here && there && warm, evidence);
}

/** 8: forget and erase are both tried on what a hold keeps. */
export async function checkHolds({ opened, other }: Trial): Promise<Finding> {
  const [held] = other.nodes;
  const { subject } = other;
  const isHeld = async (): Promise<boolean> =>
    (await opened.stores.keys.liveRefs(subject.id)).some(({ node }) => node === held);
  const hold = await subject.hold({ case: "doctor", reason: "self-check", nodes: [held] });
  const forgot = await codeOf(() => subject.forget(held));
  await subject.erase();
  const kept = await isHeld();
  await subject.release(hold.id);
  const after = await isHeld();
  const evidence = `under a hold: forget ${forgot}, erase ${
    kept ? "kept it" : "DESTROYED IT"
  }; released: ${after ? "NOT DESTROYED" : "destroyed"}`;
  return found(INVARIANTS.holds, forgot === "HELD" && kept && !after, evidence);
}
