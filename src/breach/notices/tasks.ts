import { advance, closeCase, openCase, openFile, type CaseRow } from "#cases";
import { later, SYSTEM_ACTOR, word, type Actor, type EpochMs, type Word } from "#kernel";
import { lawsOf } from "#law";

import { dutiesOf, type Duty } from "../duties.ts";
import { factsOf, type IncidentCase } from "../incident.ts";
import { registerEnds, type BreachWorld } from "../world.ts";
import { alertOfficer, unlessTaken } from "./alert.ts";
import { noticesOf } from "./children.ts";
import {
  isTask,
  noticeFacts,
  NOTHING,
  readableNotice,
  type Notice,
  type NoticeFile,
  type TaskFacts,
} from "./notice.ts";

/** The officer is reminded when this share of the time is over, and when all of it is. */
const WARNED_AT = 0.8;

/**
 * Brings the tasks in line with what is known: opens what a law asks for now, moves what is due at
 * another time, lets go of what another duty took the place of. What the severity itself brought is
 * never let go of.
 */
export async function reckonTasks(world: BreachWorld, incident: IncidentCase): Promise<void> {
  const { fourFactors = null } = incident.file ?? {};
  const facts = { ...factsOf(incident), fourFactors };
  const duties = dutiesOf(lawsOf(world.policy), facts);
  const tasks = await tasksOf(world, incident);
  for (const duty of duties) {
    const task = tasks.get(duty.id);
    if (task === undefined) await openTask(world, incident, duty);
    else if (task.closedAt === null) await moveTask(world, task, duty);
  }
  for (const [id, task] of tasks) {
    const stands = id.startsWith("oubli.") || duties.some((duty) => duty.id === id);
    if (!stands && task.closedAt === null) {
      await closeTask(world, task, { actor: SYSTEM_ACTOR, state: word("replaced") });
    }
  }
}

/** The tasks of an incident by their duty. */
export async function tasksOf(
  world: BreachWorld,
  incident: Pick<IncidentCase, "id" | "tenant">,
): Promise<ReadonlyMap<string, CaseRow>> {
  const tasks = new Map<string, CaseRow>();
  for await (const row of noticesOf(world, incident)) {
    const facts = noticeFacts(row);
    if (isTask(facts)) tasks.set(facts.duty, row);
  }
  return tasks;
}

async function openTask(world: BreachWorld, incident: IncidentCase, duty: Duty): Promise<void> {
  const { tenant, id: parent } = incident;
  const facts = factsFor(duty);
  await openCase<NoticeFile>(world, {
    kind: "notice",
    tenant,
    actor: SYSTEM_ACTOR,
    subject: null,
    parent,
    state: stateOf(duty),
    dueAt: attentionAt(facts, world.clock.now()),
    facts: readableNotice(facts),
    file: NOTHING,
    entry: { t: "notice", facts: { incident: parent, ...readableNotice(facts) } },
  });
}

async function moveTask(world: BreachWorld, row: CaseRow, duty: Duty): Promise<void> {
  const was = noticeFacts(row) as TaskFacts;
  const facts = factsFor(duty);
  if (was.deadline === facts.deadline && was.exempt === facts.exempt) return;
  const task = await openFile<NoticeFile>(world, row);
  await unlessTaken(() =>
    advance(world, task, {
      actor: SYSTEM_ACTOR,
      state: stateOf(duty),
      dueAt: attentionAt(facts, world.clock.now()),
      facts: readableNotice(facts),
      entry: { t: "notice", facts: { incident: row.parent!, ...readableNotice(facts) } },
    }),
  );
}

/** Ends a task: told, or found not to be due, by the officer; or replaced. */
export async function closeTask(
  world: BreachWorld,
  row: CaseRow,
  end: { readonly actor: Actor; readonly state: Word; readonly doneAt?: EpochMs },
): Promise<void> {
  const task = await openFile<NoticeFile>(world, row);
  const facts = { ...(noticeFacts(row) as TaskFacts), doneAt: end.doneAt ?? null };
  await closeCase(world, task, {
    actor: end.actor,
    state: end.state,
    endsAt: registerEnds(world),
    facts: readableNotice(facts),
    entry: {
      t: "notice",
      facts: { incident: row.parent!, ...readableNotice(facts), outcome: end.state },
    },
  });
}

/** Reminds the officer of a task whose time is running out, or is over. */
export async function remind(
  world: BreachWorld,
  incident: IncidentCase,
  task: Notice,
): Promise<void> {
  const facts = noticeFacts(task) as TaskFacts;
  const over = facts.deadline !== null && world.clock.now() > facts.deadline;
  const about = over ? "overdue" : "due-soon";
  await alertOfficer(world, incident, about, facts.duty);
  await unlessTaken(() =>
    advance(world, task, {
      actor: SYSTEM_ACTOR,
      dueAt: over || facts.deadline === null ? null : later(facts.deadline, 1),
      entry: {
        t: "notice",
        facts: { incident: incident.id, ...readableNotice(facts), about: word(about) },
      },
    }),
  );
}

function factsFor({ to, id, law, dueAt, exempt }: Duty): TaskFacts {
  // Who is exempt is never late.
  const deadline = exempt === null ? dueAt : null;
  return { to, duty: id, law, deadline, exempt: exempt?.reason ?? null, doneAt: null };
}

function stateOf({ exempt }: Duty): Word {
  return exempt === null ? word("due") : word("exempt");
}

/** When somebody is first reminded of what is to be done by a deadline that is set now. */
export function attentionAt(
  { deadline, exempt }: Pick<TaskFacts, "deadline" | "exempt">,
  now: EpochMs,
): EpochMs | null {
  if (deadline === null || exempt !== null) return null;
  return deadline <= now ? now : later(now, Math.floor((deadline - now) * WARNED_AT));
}
