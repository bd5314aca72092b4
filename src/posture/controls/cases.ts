import type { Entry } from "#audit";
import { allCases, type CaseKind, type CaseRow } from "#cases";
import { DAY_MS, word, type CaseId, type Word } from "#kernel";
import { isHeld } from "#sources";

import { found, notChecked, type Control } from "../control.ts";
import type { Ground } from "../ground.ts";
import { readTold, type Told, type ToldCase } from "../told-cases.ts";
import { saysAsTold, untoldOf, type SaidByRow } from "../told-requests.ts";

const KINDS: readonly CaseKind[] = [
  "request",
  "targets",
  "incident",
  "notice",
  "retention",
  "package",
];

/** A system may be down over a weekend, and a stop may wait as long. */
const PATIENCE_MS = 3 * DAY_MS;
/** Longer than any answer of a system puts the next look off. */
const ASLEEP_MS = 2 * DAY_MS;
/** What a system has taken on is done within the month that the law gives. @source GDPR Art. 12(3) */
const PENDING_MS = 30 * DAY_MS;

/** A choice: the law wants it without undue delay. @source GDPR Art. 19 */
const UNTOLD_MS = 14 * DAY_MS;

/** What no further attempt mends. */
const HOPELESS: ReadonlySet<string> = new Set([
  "identifier-missing",
  "identifier-refused",
  "identity-missing",
  "declaration-invalid",
  "lying",
  "malformed",
]);

/** Somebody works on these; the others wait for a person, or for a date. */
const AT_WORK: ReadonlySet<string> = new Set(["checking", "executing", "running", "planned"]);

const ENDS: Partial<Record<CaseKind, ReadonlySet<string>>> = {
  request: new Set(["completed", "completed-with-exceptions", "denied", "withdrawn", "duplicate"]),
  targets: new Set(["settled", "abandoned", "ended"]),
};

/** Cases against the ledger, and those of which nothing comes any more. */
export const CASE_CONTROLS: readonly Control[] = [
  {
    control: "cases-stand-where-the-ledger-says",
    rows: ["A6", "A15", "B4", "B5", "B7", "B8", "B12"],
    title: "Every case is there, and says what the ledger tells of it",
    async probe(ground) {
      const told = await ground.told();
      if (told.cases.size === 0) return notChecked("The ledger tells of no case.");
      const faults = await faultsOf(ground, told);
      const counted = (which: Fault) => faults.filter((fault) => fault === which).length;
      return found(faults.length === 0, "Each case was held against its newest steps.", {
        cases: told.cases.size,
        missing: counted("missing"),
        elsewhere: counted("elsewhere"),
        closedEarly: counted("closed-early"),
        termMoved: counted("term-moved"),
        asleep: counted("asleep"),
        changed: counted("changed"),
      });
    },
  },
  {
    control: "erasures-elsewhere-come-to-an-end",
    rows: ["A6", "B4"],
    title: "No other system fails an erasure for days, or for a reason that no attempt mends",
    async probe(ground) {
      const open = await openOf(ground, "targets");
      const erasures = open.filter(({ row }) => "erasure" in row.facts);
      if (erasures.length === 0) return notChecked("No such erasure is open.", { open: 0 });
      const now = ground.world.clock.now();
      const stuck = [];
      for (const one of erasures) {
        const since = now - one.told.opening.ts;
        const targets = one.row.facts["targets"] as unknown as readonly OpenTarget[];
        const held = one.row.subject !== null && (await isHeld(ground.world, one.row.subject));
        if (!held) stuck.push(...targets.filter((target) => isStuck(target, since)));
      }
      return found(stuck.length === 0, "Every open erasure was read.", {
        open: erasures.length,
        stuck: stuck.length,
        first: stuck[0]?.target ?? null,
        error: stuck[0]?.error ?? null,
      });
    },
  },
  {
    control: "recipients-are-told",
    rows: ["A6", "A15"],
    title: "No recipient waits for weeks to be told of what was answered",
    async probe({ told, world }) {
      const { cases } = await told();
      const waiting = [...cases.values()].flatMap(({ requests }) => {
        const newest = [...requests.values()].at(-1) ?? null;
        return newest === null ? [] : untoldOf(newest);
      });
      if (waiting.length === 0) return notChecked("Nobody is still to be told.", { untold: 0 });
      const before = world.clock.now() - UNTOLD_MS;
      const late = waiting.filter(([, { since }]) => since < before);
      return found(late.length === 0, "Every answer with somebody untold was read.", {
        untold: waiting.length,
        late: late.length,
        first: late[0]?.[0] ?? null,
      });
    },
  },
  {
    control: "retention-stops-are-answered",
    rows: ["B7"],
    title: "No retention run that stopped at a strange count waits for days",
    async probe(ground) {
      const open = await openOf(ground, "retention");
      const stopped = open.filter(({ row }) => row.state === word("stopped"));
      if (stopped.length === 0) return notChecked("No run has stopped.", { stopped: 0 });
      const now = ground.world.clock.now();
      const waiting = stopped.filter(({ told }) => told.at < now - PATIENCE_MS);
      return found(waiting.length === 0, "Every stopped run was read.", {
        stopped: stopped.length,
        waitingForDays: waiting.length,
      });
    },
  },
];

type Rows = ReadonlyMap<CaseId, CaseRow>;

/** Whatever the tables have, of every controller that the ledger tells of. */
async function rowsOf({ told, world }: Ground): Promise<Rows> {
  const rows = new Map<CaseId, CaseRow>();
  const tenants = new Set([...(await told()).cases.values()].map(({ tenant }) => tenant));
  for (const tenant of tenants) {
    for (const kind of KINDS) {
      for await (const row of allCases(world, { tenant, kind })) rows.set(row.id, row);
    }
  }
  return rows;
}

async function openOf(ground: Ground, kind: CaseKind) {
  const rows = await rowsOf(ground);
  const { cases } = await ground.told();
  return [...cases.values()].flatMap((told) => {
    const row = rows.get(told.id);
    return row?.kind === kind && row.closedAt === null ? [{ told, row }] : [];
  });
}

type Fault = "missing" | "elsewhere" | "closed-early" | "term-moved" | "asleep" | "changed";

/** Others work meanwhile: who looks wrong is looked at again, so often. */
const LOOKS = 3;

/**
 * What is wrong with the cases that are still wrong when they are looked at again: the row first,
 * then what the ledger has added, so that no step is in the row and not yet in the ledger.
 */
async function faultsOf(ground: Ground, first: Told): Promise<readonly Fault[]> {
  const rows = new Map(await rowsOf(ground));
  let told = first;
  let wrong = await wrongOf(ground, told, rows, [...told.cases.keys()]);
  for (let look = 1; look < LOOKS && wrong.size > 0; look += 1) {
    for (const id of wrong.keys()) {
      const row = await ground.world.cases.load(told.cases.get(id)!.tenant, id);
      if (row === null) rows.delete(id);
      else rows.set(id, row);
    }
    told = await readTold(ground, told);
    wrong = await wrongOf(ground, told, rows, [...wrong.keys()]);
  }
  return [...wrong.values()];
}

async function wrongOf(ground: Ground, told: Told, rows: Rows, ids: readonly CaseId[]) {
  const wrong = new Map<CaseId, Fault>();
  for (const id of ids) {
    const one = told.cases.get(id);
    if (one === undefined) continue;
    const row = rows.get(id);
    const fault =
      row === undefined
        ? (await mayBeGone(ground, told, one, rows))
          ? null
          : "missing"
        : faultOf(row, one, ground.world.clock.now());
    if (fault !== null) wrong.set(id, fault);
  }
  return wrong;
}

function faultOf(row: CaseRow, told: ToldCase, now: number): Fault | null {
  if (!isWhere(row, told)) return "elsewhere";
  if (isClosedEarly(row)) return "closed-early";
  if (isTermMoved(row, told)) return "term-moved";
  if (isChanged(row, told)) return "changed";
  return isAsleep(row, now) ? "asleep" : null;
}

/**
 * Whether a case may have no row: a process died between its first entry and the row, and what was
 * to be done was begun again. A day is time for that. Of an erasure that was not executed nothing
 * is missing, nor of a package, whose link nobody was given.
 */
async function mayBeGone(
  { world }: Ground,
  { cases }: Told,
  one: ToldCase,
  rows: Rows,
): Promise<boolean> {
  const { id, opening, subject, newest, states } = one;
  if (newest > 0 || states.size > 1) return false;
  if (opening.t === "package") return true;
  if (opening.t === "target.intent" && subject !== null) {
    const erasure = await world.audit.store.erasure(subject, opening["erasure"] as never);
    return erasure === null || erasure.stage === "aborted" || erasure.stage === "pending";
  }
  const others = [...cases.values()];
  // What followed from it was opened behind its row.
  if (others.some((other) => other.opening["incident"] === id)) return false;
  if (opening.t !== "tombstone.made" && opening.ts > world.clock.now() - DAY_MS) return true;
  const stands = (other: ToldCase) => rows.has(other.id) || other.newest > 0;
  return others.some((other) => other.id !== id && stands(other) && isSameAct(other, one));
}

/** What two openings have in common of which one was cut off. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  request: ["right"],
  incident: ["facts.detectedAt"],
  notice: ["incident", "to", "duty", "about"],
  "retention.batch": [],
  "tombstone.made": ["target"],
};

function isSameAct({ opening, subject, tenant }: ToldCase, one: ToldCase): boolean {
  if (opening.t !== one.opening.t || subject !== one.subject || tenant !== one.tenant) return false;
  return (SAME[opening.t] ?? []).every((path) => at(opening, path) === at(one.opening, path));
}

function at(entry: Entry, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], entry);
}

/** A crash leaves an entry for a step that was not taken: a row may be one behind. */
function isWhere({ step, state }: CaseRow, { states, newest }: ToldCase): boolean {
  return states.get(step)?.has(state) === true && step >= newest - 1;
}

function isClosedEarly({ kind, state, closedAt }: CaseRow): boolean {
  return closedAt !== null && ENDS[kind]?.has(state) === false;
}

function isTermMoved({ facts }: CaseRow, { answerBy }: ToldCase): boolean {
  return answerBy !== null && Number(facts["answerBy"]) > answerBy;
}

function isChanged({ step, facts }: CaseRow, { requests }: ToldCase): boolean {
  const told = requests.get(step) ?? null;
  return told !== null && !saysAsTold(facts as unknown as SaidByRow, told);
}

function isAsleep({ state, closedAt, dueAt }: CaseRow, now: number): boolean {
  if (closedAt !== null || !AT_WORK.has(state)) return false;
  return dueAt === null || dueAt > now + ASLEEP_MS;
}

interface OpenTarget {
  readonly target: Word;
  readonly state: string;
  readonly error: Word | null;
}

function isStuck({ state, error }: OpenTarget, since: number): boolean {
  if (state === "confirmed") return false;
  if (error !== null && HOPELESS.has(error)) return true;
  return since > (state === "pending" ? PENDING_MS : PATIENCE_MS);
}
