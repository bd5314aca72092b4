import { storedEntries, tryReadEntry, type Entry } from "#audit";
import { isOubliError, type CaseId, type Json } from "#kernel";

import type { Case } from "./case.ts";
import type { CaseKind, CaseRow } from "./case-store.ts";
import { openFile, sealFile } from "./file.ts";
import { KIND_OF, putBack, type Rebuild } from "./rebuild-case.ts";
import type { CaseWorld } from "./world.ts";

type ReplayWorld = Pick<CaseWorld, "audit" | "cases" | "keyring">;

/** What a step made of a case, as far as its entry tells; the state is the entry's own. */
export interface Refound {
  readonly facts: CaseRow["facts"];
  readonly file: Json | null;
  readonly dueAt: CaseRow["dueAt"];
  /** It was its last. */
  readonly closed?: boolean;
  readonly endsAt?: CaseRow["endsAt"];
}

/** Reads a step of a case from its entry. */
export type Reread = (before: Case<Json>, entry: Entry) => Refound;

export interface ReplayOptions {
  /** Kinds that take their steps again. */
  readonly rereads?: Partial<Readonly<Record<CaseKind, Reread>>>;
  /** Kinds of which the audit database, as it came back, may lack what was opened since. */
  readonly rebuilds?: Partial<Readonly<Record<CaseKind, Rebuild>>>;
}

/**
 * Brings cases, behind a restore, up to the ledger: those that it tells of and the backup does not
 * know are put back, as far as their entries tell, but for those that were removed since. Those of a
 * kind that can be reread take each of their steps again, on paper. And those that were closed after the backup and whose file was
 * destroyed are closed again: it came back with the backup, key and all. Other steps that the backup
 * does not know are taken again, as behind a crash.
 *
 * Of two entries for one step only one was taken, and the ledger does not say which: where they
 * differ, the case is left where it is, and the file stays, for it may be the one that work goes on
 * with. Each step is a write of its own, as it was when it was taken, so that a restore that is cut
 * short goes on behind the last.
 *
 * @param from The first ledger entry that the backup may not have.
 * @returns how many were closed again.
 */
export async function replayCases(
  world: ReplayWorld,
  from: number,
  { rereads = {}, rebuilds = {} }: ReplayOptions = {},
): Promise<number> {
  let ended = 0;
  // The newest first: what was cut off and opened anew is met behind what took its place.
  const { cases, removed } = await toldFrom(world, from);
  for (const [id, steps] of [...cases].toReversed()) {
    const last = steps.get(Math.max(...steps.keys()))!;
    const found = await loadedRow(world, last[0]!.tenant, id);
    const row = found ?? (removed.has(id) ? null : await rebuilt(world, steps, rebuilds));
    const reread = row === null ? undefined : rereads[row.kind];
    const caught = row && reread ? await catchUp(world, row, steps, reread) : row;
    if (!last.every(destroysFile)) continue;
    if (caught !== null) await closeAgain(world, caught, last.at(-1)!, reread);
    await world.keyring.endCase(id);
    ended += 1;
  }
  return ended;
}

/** Entries by case and step. */
type Steps = ReadonlyMap<number, readonly Entry[]>;

async function toldFrom(world: ReplayWorld, from: number) {
  const cases = new Map<CaseId, Map<number, Entry[]>>();
  const removed = new Set<unknown>();
  for await (const entry of tellingFrom(world, from)) {
    if (Array.isArray(entry["cases"])) for (const id of entry["cases"]) removed.add(id);
    if (typeof entry["step"] !== "number") continue;
    const id = entry["case"] as CaseId;
    const step = entry["step"] as number;
    const steps = cases.get(id) ?? new Map<number, Entry[]>();
    cases.set(id, steps.set(step, [...(steps.get(step) ?? []), entry]));
  }
  return { cases, removed };
}

async function rebuilt(
  world: ReplayWorld,
  steps: Steps,
  rebuilds: NonNullable<ReplayOptions["rebuilds"]>,
): Promise<CaseRow | null> {
  const [opening, other] = steps.get(0) ?? [];
  const kind = opening && KIND_OF[opening.t];
  const rebuild = kind && other === undefined ? rebuilds[kind] : undefined;
  const isOver = [...steps.values()].some((entries) => entries.every(destroysFile));
  const told = (await rebuild?.(opening!, { alone: steps.size === 1, isOver })) ?? null;
  return told && putBack(world, opening!, told, isOver);
}

/** A row that something else wrote is nobody's to mend here: whoever loads it meets that. */
async function loadedRow(
  { cases }: ReplayWorld,
  tenant: CaseRow["tenant"],
  id: CaseId,
): Promise<CaseRow | null> {
  try {
    return await cases.load(tenant, id);
  } catch (error) {
    if (isOubliError(error, "STORE_DAMAGED")) return null;
    throw error;
  }
}

async function catchUp(
  world: ReplayWorld,
  row: CaseRow,
  steps: Steps,
  reread: Reread,
): Promise<CaseRow> {
  let opened: Case<Json>;
  try {
    opened = await openFile<Json>(world, row);
  } catch (error) {
    if (isOubliError(error, "SEAL_BROKEN")) return row;
    throw error;
  }
  for (let entries = steps.get(row.step + 1); entries; entries = steps.get(opened.step + 1)) {
    const entry = entries.at(-1)!;
    const differ = entries.some((one) => one["state"] !== entry["state"] || destroysFile(one));
    if (differ) break;
    const state = entry["state"] as CaseRow["state"];
    const { closed = false, ...made } = reread(opened, entry);
    const closedAt = closed ? entry.ts : opened.closedAt;
    const next = { ...opened, ...made, step: opened.step + 1, state, closedAt };
    const sealed = next.file === null ? null : await sealFile(world, next, next.file);
    await world.cases.advance(rowOf({ ...next, sealed }));
    opened = next;
  }
  return rowOf(opened);
}

async function closeAgain(
  { cases }: ReplayWorld,
  row: CaseRow,
  entry: Entry,
  reread: Reread | undefined,
): Promise<void> {
  if (row.step >= (entry["step"] as number)) return;
  const { facts = row.facts, endsAt = row.endsAt } = reread?.({ ...row, file: null }, entry) ?? {};
  const state = entry["state"] as CaseRow["state"];
  const closed = { ...row, facts, endsAt, step: row.step + 1, state, closedAt: entry.ts };
  await cases.advance({ ...closed, dueAt: null, sealed: null });
}

function rowOf({ file: _file, ...row }: Case<Json>): CaseRow {
  return row;
}

const destroysFile = (entry: Entry): boolean => entry["fileDestroyed"] === true;

/** Steps, and what was removed. */
async function* tellingFrom({ audit }: ReplayWorld, from: number) {
  for await (const { bytes } of storedEntries(audit.store, "ledger", { from })) {
    const entry = tryReadEntry(bytes);
    if (entry !== null && ("step" in entry || entry.t === "retention.batch")) yield entry;
  }
}
