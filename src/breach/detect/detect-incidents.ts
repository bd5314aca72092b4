import { allCases } from "#cases";
import { DAY_MS, SYSTEM_ACTOR, type CaseId, type Word } from "#kernel";

import { factsOf } from "../incident.ts";
import { openIncident } from "../open-incident.ts";
import type { BreachWorld } from "../world.ts";
import type { Finding } from "./detector.ts";
import { LogWatch } from "./log-watch.ts";
import { familyOf } from "./rules.ts";

/** What was found in what is new in the logs. */
export interface Detection {
  /** How many entries were read. */
  readonly entries: number;
  readonly incidents: readonly { readonly tenant: Word; readonly id: CaseId }[];
}

/** What lies further back was seen by a process of that time, or is for a search by hand. */
const RECENT_MS = 7 * DAY_MS;

/**
 * Opens a suspected incident for whatever in the logs is not usual. No duty is counted from it until
 * the officer says that there is a risk: a controller is aware once it is reasonably certain.
 *
 * @source GDPR Art. 33(1), 32(1)(d) · EDPB Guidelines 9/2022, 31
 */
export async function detectIncidents(world: BreachWorld, watch: LogWatch): Promise<Detection> {
  const { clock, audit } = world;
  const incidents: { tenant: Word; id: CaseId }[] = [];
  const entries = await watch.follow({ store: audit.store, clock }, async (finding) => {
    if (!(await isNew(world, finding))) return;
    const { id } = await openSuspected(world, finding);
    incidents.push({ tenant: finding.tenant, id });
  });
  return { entries, incidents };
}

/** What {@link detectIncidents} would open in a process that has just started. Nothing is written. */
export async function suspicions(world: BreachWorld): Promise<readonly Finding[]> {
  const { clock, audit } = world;
  const findings: Finding[] = [];
  await new LogWatch().follow({ store: audit.store, clock }, async (finding) => {
    if (await isNew(world, finding)) findings.push(finding);
  });
  return findings;
}

async function isNew(world: BreachWorld, finding: Finding): Promise<boolean> {
  return finding.at >= world.clock.now() - RECENT_MS && !(await isKnown(world, finding));
}

/**
 * Whether the register has it: by another rule, by another process, or by this one before it was
 * started anew. One incident a day is enough to look at, for an actor and a family of rules.
 */
async function isKnown(world: BreachWorld, finding: Finding): Promise<boolean> {
  const { tenant, actor, from } = finding;
  for await (const row of allCases(world, { tenant, kind: "incident" })) {
    if (row.openedAt < from) return false;
    const { rule, scope, began } = factsOf(row);
    const by = actor === null || scope?.actor === actor;
    const same = by && familyOf(rule ?? "") === familyOf(finding.rule);
    if (same && Math.abs((scope?.from ?? began ?? 0) - from) < DAY_MS) return true;
  }
  return false;
}

function openSuspected(world: BreachWorld, finding: Finding) {
  const { tenant, rule, actor, from, until, count, usual, at } = finding;
  const window = { from, until, session: null, epoch: null, subject: null, held: false };
  // Names by the hundred are no scope: a window alone would write to those whom old names read.
  const reached =
    actor === null
      ? { affectedCount: count, began: from, ended: until }
      : { scope: { ...window, actor } };
  const whom = actor ?? "those that are new, together";
  const told = `The rule ${rule} counted ${count} for ${whom}, where ${usual} would be usual.`;
  const detectedAt = world.clock.now() < at ? world.clock.now() : at;
  return openIncident(
    world,
    { tenant, actor: SYSTEM_ACTOR },
    {
      detectedAt,
      description: told,
      severity: "medium",
      risk: "none",
      state: "suspected",
      kinds: ["confidentiality"],
      affectedUsers: [],
      dataCategories: [],
      containmentActions: [],
      ...reached,
      rule: rule as string as Word,
    },
  );
}
