import type { KeyObject } from "node:crypto";

import { leaseOf } from "#erasure";
import { OubliError, type NodeId } from "#kernel";
import { keyName } from "#keys";
import {
  openRow,
  sealBody,
  sealVector,
  type Derivation,
  type NodeHead,
  type NodeInsert,
  type NodeKind,
  type NodeRow,
} from "#memory";
import { isPhi, type CategoryId } from "#policy";

import { refusalOf } from "./intend.ts";
import type { Regions, TransferPlan } from "./world.ts";

/** Nodes copied, and leases prolonged, at a time; a call's own may be more. */
const BATCH = 200;

const MADE: readonly NodeKind[] = ["derived", "block", "edge"];
const KINDS: readonly NodeKind[] = ["memory", ...MADE];

/**
 * Copies what the person has into their next region, each node under a new key and sealed for its
 * new place. Ids, revisions, times, ends, purposes and what was made from what stay.
 *
 * Safe to repeat: what is there already is passed over, by its id; so is what was destroyed there
 * meanwhile, since its key is fenced, and an import must not undo an erasure.
 *
 * Limits: a thread's name and an idempotency key are kept as fingerprints under the old region's
 * key alone, so they stay behind.
 *
 * What may not leave is never put there, nor is what was made from it: the same check as at the
 * intent decides, node by node, on the row that would be copied.
 *
 * @throws {OubliError} `CONFLICT` when something is not there after all.
 */
export async function copyNodes(regions: Regions, plan: TransferPlan): Promise<Copied> {
  const { from } = regions;
  let copied = 0;
  const refused = new Set<NodeId>();
  const pending = async (kinds: readonly NodeKind[]): Promise<readonly NodeId[]> =>
    (await missing(regions, plan, kinds)).filter((node) => !refused.has(node));
  for (const batch of await batchesOf(regions, plan, await pending(["memory"]))) {
    copied += await copyBatch(regions, plan, batch, { links: [], refused });
  }
  // Each after all that it was made from. A pass without any is the last.
  for (let rest = await pending(MADE); rest.length > 0;) {
    const there = await headsAt(regions.to, plan.as, KINDS);
    for (const node of rest) {
      const sources = await from.store.derivations(plan.subject, { derived: node });
      if (!sources.every(({ source }) => there.has(source))) continue;
      const links = sources.map((link) => ({ ...link, sourceRevision: there.get(link.source)! }));
      copied += await copyBatch(regions, plan, [node], { links, refused });
    }
    const next = await pending(MADE);
    if (next.length === rest.length) break;
    rest = next;
  }
  const rest = await pending(KINDS);
  await expectSourceless(regions, plan, rest);
  return { copied, left: refused.size + rest.length };
}

export interface Copied {
  /** By this call. */
  readonly copied: number;
  /** What may not leave, and what was made from it or from what was destroyed there. */
  readonly left: number;
}

/**
 * What has all its sources there, as a memory always has, could have gone. If there is no such
 * node, each waits for one that never comes.
 */
async function expectSourceless(
  { from, to }: Regions,
  { subject, as, id }: TransferPlan,
  rest: readonly NodeId[],
): Promise<void> {
  if (rest.length === 0) return;
  const there = await headsAt(to, as, KINDS);
  for (const node of rest) {
    const sources = await from.store.derivations(subject, { derived: node });
    if (sources.every(({ source }) => there.has(source))) {
      throw new OubliError("CONFLICT", { erasure: id });
    }
  }
}

/** What can be opened where it was, and is neither where it goes nor destroyed there. */
async function missing(
  { from, to }: Regions,
  { subject, as }: TransferPlan,
  kinds: readonly NodeKind[],
): Promise<readonly NodeId[]> {
  const here = await headsAt(from, subject, kinds);
  const there = await headsAt(to, as, KINDS);
  const absent = [...here].filter(([node]) => !there.has(node));
  if (absent.length === 0) return [];
  const alive = new Set((await from.keyring.liveRefs(subject)).map(keyName));
  const fences = new Set<string>((await to.keyring.fences(as)).map(({ key }) => key));
  if (fences.has("*")) return [];
  return absent
    .filter(([node, revision]) => alive.has(keyName({ node, revision })))
    .filter(([node, revision]) => !fences.has(node) && !fences.has(`${node}#${revision}`))
    .map(([node]) => node);
}

async function headsAt(
  { store }: Regions["from"],
  subject: TransferPlan["subject"],
  kinds: readonly NodeKind[],
): Promise<ReadonlyMap<NodeId, number>> {
  const { heads } = await store.heads(subject, kinds);
  return new Map(heads.map(({ node, revision }: NodeHead) => [node, revision]));
}

/**
 * Memories of one source event go together, since the second to come would be taken for a replay
 * of the first.
 */
async function batchesOf(
  { from }: Regions,
  { subject }: TransferPlan,
  nodes: readonly NodeId[],
): Promise<readonly (readonly NodeId[])[]> {
  const groups = new Map<string, NodeId[]>();
  for (let at = 0; at < nodes.length; at += BATCH) {
    const page = await from.store.erasable(subject, nodes.slice(at, at + BATCH));
    for (const { node, tags } of page) {
      const event = tags.find(({ until }) => until === null)?.tag;
      const name = event ? Buffer.from(event).toString("base64") : node;
      groups.set(name, [...(groups.get(name) ?? []), node]);
    }
  }
  const batches: NodeId[][] = [[]];
  for (const group of groups.values()) {
    if (batches.at(-1)!.length >= BATCH) batches.push([]);
    batches.at(-1)!.push(...group);
  }
  return batches.filter((batch) => batch.length > 0);
}

async function copyBatch(
  regions: Regions,
  plan: TransferPlan,
  nodes: readonly NodeId[],
  { links, refused }: { readonly links: readonly Derivation[]; readonly refused: Set<NodeId> },
): Promise<number> {
  const { from, to } = regions;
  const old = await from.store.rows(plan.subject, nodes);
  const oldKeys = await from.keyring.nodeKeys(plan.subject, old);
  for (const row of old) if (!mayLeave(regions, plan, row)) refused.add(row.node);
  const live = old.filter((row) => oldKeys.has(keyName(row)) && !refused.has(row.node));
  const keys = await keysFor(regions, plan, live);
  const rows: NodeRow[] = [];
  for (const row of live) {
    rows.push(await resealed(regions, plan, row, [oldKeys, keys]));
  }
  if (rows.length > 0) {
    const insert = { subject: plan.as, rows, derivations: links, idempotency: null };
    await put(regions, plan, { ...insert, now: to.clock.now() });
  }
  await from.audit.store.renewLease(plan.subject, plan.id, leaseOf(from));
  await to.audit.store.renewLease(plan.as, plan.id, leaseOf(to));
  return rows.length;
}

function mayLeave(
  regions: Regions,
  { authorisation }: TransferPlan,
  { categories: words, phi }: NodeRow,
): boolean {
  const categories = words as readonly string[] as readonly CategoryId[];
  return refusalOf(regions, authorisation, { categories, phi }) === null;
}

/** New keys; those that a crash left without their rows are used. */
async function keysFor(
  { to }: Regions,
  { as }: TransferPlan,
  rows: readonly NodeRow[],
): Promise<ReadonlyMap<string, KeyObject>> {
  const refs = rows.map(({ node, revision }) => ({ node, revision }));
  const keys = new Map(refs.length === 0 ? [] : await to.keyring.nodeKeys(as, refs));
  const lacking = refs.filter((ref) => !keys.has(keyName(ref)));
  if (lacking.length === 0) return keys;
  const minted = await to.keyring.mintNodeKeys(as, lacking);
  for (const [at, ref] of lacking.entries()) keys.set(keyName(ref), minted[at]!);
  return keys;
}

type Keys = ReadonlyMap<string, KeyObject>;

async function resealed(
  { from, to }: Regions,
  { tenant, as }: TransferPlan,
  row: NodeRow,
  [oldKeys, keys]: readonly [Keys, Keys],
): Promise<NodeRow> {
  const { node, revision, categories } = row;
  const open = openRow(oldKeys.get(keyName(row))!, { tenant, region: from.region }, row);
  const key = keys.get(keyName(row))!;
  const place = { tenant, region: to.region, subject: as, node, revision };
  const { source } = open;
  return {
    ...row,
    subject: as,
    phi: isPhi(categories as readonly string[] as readonly CategoryId[], to),
    body: sealBody(key, place, open),
    embedding: open.vector && sealVector(key, place, open.vector),
    replayTag: source && (await to.keyring.tag(tenant, "source", source.system, source.event)),
  };
}

/**
 * Where an event of theirs was erased in that region before (when they left it, say), its fence is
 * there and goes on refusing the event: the row that comes back goes without a tag of its own.
 */
async function put({ to }: Regions, plan: TransferPlan, insert: NodeInsert): Promise<void> {
  let { status } = await to.store.insert(insert);
  if (status === "replay-of-erased") {
    const rows: NodeRow[] = [];
    for (const row of insert.rows) rows.push(await withoutFenced(to, plan, row, insert.now));
    ({ status } = await to.store.insert({ ...insert, rows }));
  }
  // Whatever else came between is met by the look for what is missing.
  if (status === "fenced") throw new OubliError("CONFLICT", { erasure: plan.id });
}

async function withoutFenced(
  { store }: Regions["to"],
  { as }: TransferPlan,
  row: NodeRow,
  now: NodeInsert["now"],
): Promise<NodeRow> {
  const { replayTag, purposes } = row;
  if (replayTag === null) return row;
  const known = await store.known(as, { replay: [replayTag], purposes, idempotency: null, now });
  return known?.status === "replay-of-erased" ? { ...row, replayTag: null } : row;
}
