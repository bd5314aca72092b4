import { claimCases, releaseCase, type Case } from "#cases";
import { SYSTEM_ACTOR, word, type Json } from "#kernel";

import type { IncidentCase } from "./incident.ts";
import { alertOfficer, deliverAlert, unlessTaken } from "./notices/alert.ts";
import { noticesOf } from "./notices/children.ts";
import { canReach } from "./notices/deliver.ts";
import { deliverLetters } from "./notices/letters.ts";
import { isAlert, isLetters, noticeFacts, type Notice } from "./notices/notice.ts";
import { closeTask, remind, tasksOf } from "./notices/tasks.ts";
import { carryOn } from "./open-incident.ts";
import { loadIncident, peopleTold } from "./update-incident.ts";
import type { BreachWorld } from "./world.ts";

/** Cases taken at a time, and turns of one call: the next call goes on. */
const CASES = 5;
const TURNS_MAX = 200;

/**
 * Does what is due: goes on with incidents whose process died, sends what is queued, tries again
 * what failed, reminds the officer. Safe beside other processes: each case is leased.
 *
 * @returns how many cases it took in hand.
 */
export async function workIncidents(world: BreachWorld): Promise<number> {
  let taken = 0;
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const claimed = await claimCases<Json>(world, ["incident", "notice"], CASES);
    if (claimed.length === 0) break;
    for (const one of claimed) await takeUp(world, one);
    taken += claimed.length;
  }
  return taken;
}

/** Whatever one fails with is its own, foreseen or not: it is due again once its lease is over. */
async function takeUp(world: BreachWorld, one: Case<Json>): Promise<void> {
  const taken = unlessTaken(async () => {
    // What this process cannot send is left, under its lease, to one that can.
    if (await handle(world, one)) await releaseCase(world, one.id);
  });
  await taken.catch(() => {});
}

/** @returns whether it was dealt with. */
async function handle(world: BreachWorld, one: Case<Json>): Promise<boolean> {
  if (one.kind === "incident") {
    await carryOn(world, one as IncidentCase, { here: false });
    return true;
  }
  const notice = one as Notice;
  const facts = noticeFacts(notice);
  const incident = await loadIncident(world, { tenant: notice.tenant, id: notice.parent! });
  if (isAlert(facts)) {
    if (!canReach(world, "dpo")) return false;
    await deliverAlert(world, incident, notice);
  } else if (isLetters(facts)) {
    if (!canReach(world, "person")) return false;
    if (await deliverLetters(world, incident, notice)) await afterLetters(world, incident);
  } else await remind(world, incident, notice);
  return true;
}

/**
 * Once the last letter is out, the clocks behind it run, and the duties to the people are done. Where
 * one reached nobody, they stay due: the officer says when those were told by another way.
 *
 * @source GDPR Art. 34(3)(c) · 45 CFR 164.404(d)(2)
 */
async function afterLetters(world: BreachWorld, incident: IncidentCase): Promise<void> {
  let [sent, unreached] = [0, 0];
  for await (const row of noticesOf(world, incident)) {
    const facts = noticeFacts(row);
    if (!isLetters(facts)) continue;
    if (row.closedAt === null) return;
    sent += facts.sent;
    unreached += facts.unreached;
  }
  if (unreached > 0) await alertOfficer(world, incident, "letters-failed");
  if (sent === 0) return;
  const at = world.clock.now();
  for (const [duty, task] of unreached > 0 ? [] : await tasksOf(world, incident)) {
    if (!duty.endsWith(".individuals") || task.closedAt !== null) continue;
    await closeTask(world, task, { actor: SYSTEM_ACTOR, state: word("done"), doneAt: at });
  }
  await peopleTold(world, incident, { actor: SYSTEM_ACTOR, at });
}
