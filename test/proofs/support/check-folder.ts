import type { Oubli, Stores } from "#engine";
import type { SubjectId } from "#kernel";
import { keyName } from "#keys";

import { createActor } from "./acts.ts";
import { checkHistory, LAST_READER } from "./check-history.ts";
import { checkEntries, checkReleases } from "./check-log.ts";
import { memoryJournal, type Operation } from "./history.ts";
import { SETTLED_MS, type MovableClock, type Process } from "./region.ts";

const KINDS = ["memory", "derived", "block", "edge"] as const;

/**
 * All that must be true of a region which was opened again, with what its processes had written
 * down. Reads everything by other ways than those that wrote it.
 *
 * @returns a sentence for each thing that is not true.
 */
export async function checkRegion(
  { oubli, stores }: Process,
  clock: MovableClock,
  history: readonly Operation[],
): Promise<string[]> {
  const faults: string[] = [];
  const subjects = subjectsOf(history);
  if ((await stores.audit.oldestPending()) !== null) faults.push("an act is not finished");
  const first = await lastReads(oubli, subjects);
  faults.push(...checkHistory([...history, ...first]));

  // Whatever waits has its time now: deferred acts, late writes, keys without a row.
  clock.advance(SETTLED_MS);
  await oubli.sweep();
  const sweep = swept(first);
  const second = await lastReads(oubli, subjects);
  faults.push(...checkHistory([...history, sweep, ...second]));
  for (const subject of subjects) faults.push(...(await checkSubject(oubli, stores, subject)));
  faults.push(...(await checkEntries(stores)), ...(await checkReleases(stores, history)));
  for (const { log, faults: found } of await oubli.audit.check()) {
    for (const { fault, index } of found) faults.push(`log ${log}: ${fault} at ${index}`);
  }
  return [...new Set(faults)];
}

function subjectsOf(history: readonly Operation[]): readonly SubjectId[] {
  const named = history.flatMap(({ act, outcome }) => [
    "subject" in act ? act.subject : undefined,
    outcome && "ok" in outcome ? outcome.ok.subject : undefined,
  ]);
  return [...new Set(named)].filter((id) => id !== undefined) as SubjectId[];
}

async function lastReads(oubli: Oubli, subjects: readonly string[]): Promise<Operation[]> {
  const journal = memoryJournal(LAST_READER);
  const actor = createActor(oubli, journal);
  for (const subject of subjects) {
    await actor.run({ kind: "export", subject });
    for (const purpose of ["support", "mood"] as const) {
      await actor.run({ kind: "recall", subject, purpose, limit: 100 });
      await actor.run({ kind: "block", subject, purpose, limit: 100 });
    }
  }
  return journal.operations;
}

function swept(after: readonly Operation[]): Operation {
  const at = Math.max(0, ...after.map(({ ended }) => ended));
  return { by: LAST_READER, act: { kind: "sweep" }, begun: at, ended: at, outcome: { ok: {} } };
}

/** Rows, keys, the export and the list name the same memories; nothing waits. */
async function checkSubject(oubli: Oubli, stores: Stores, subject: SubjectId): Promise<string[]> {
  const faults: string[] = [];
  const expect = (what: string, got: unknown, wanted: unknown): void => {
    const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (left !== right) faults.push(`${subject}: ${what}: ${left}, not ${right}`);
  };
  const facts = await stores.audit.facts(subject);
  const { heads } = await stores.memory.heads(subject, KINDS);
  const rows = heads.map(keyName).sort();
  const keys = (await stores.keys.liveRefs(subject)).map(keyName).sort();
  expect("acts under way", facts.gate.pending, 0);
  expect("keys and rows", keys, rows);
  if (facts.erased) {
    if (facts.holds.length === 0) expect("rows of an erased person", rows, []);
    return faults;
  }
  const self = (await oubli.subjectById(subject)).self();
  const exported = (await self.export()).nodes;
  const ids = exported.map(({ id }) => id).sort();
  expect("export and rows", ids, heads.map(({ node }) => node).sort());
  const listed = (await self.list({ limit: 1000 })).nodes.map(({ id }) => id).sort();
  const listable = exported.filter(({ kind }) => kind === "memory" || kind === "derived");
  expect("list and export", listed, listable.map(({ id }) => id).sort());
  return faults;
}
