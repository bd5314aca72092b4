import { advance, openCase } from "#cases";
import { backOff, isOubliError, SYSTEM_ACTOR, word, type Word } from "#kernel";

import { factsOf, type IncidentCase } from "../incident.ts";
import type { FailureCause, Message } from "../notifiers/notifier.ts";
import { registerEnds, type BreachWorld } from "../world.ts";
import { attempt, canReach, reaching, WAITS } from "./deliver.ts";
import {
  noticeFacts,
  NOTHING,
  readableNotice,
  type AlertAbout,
  type AlertFacts,
  type Notice,
} from "./notice.ts";

type About = Pick<IncidentCase, "id" | "tenant" | "state" | "facts">;

/**
 * Tells the officer. The notice is a case before anything is sent, so that what fails is tried again
 * by whichever process is there.
 */
export async function alertOfficer(
  world: BreachWorld,
  incident: IncidentCase,
  about: AlertAbout,
  duty: string | null = null,
): Promise<void> {
  const { tenant, id: parent } = incident;
  const facts: AlertFacts = { to: "dpo", about, duty, attempts: 0, sentBy: [] };
  const notice = await openCase(world, {
    kind: "notice",
    tenant,
    actor: SYSTEM_ACTOR,
    subject: null,
    parent,
    state: word("queued"),
    // Where nobody here can tell the officer, whoever can does so as soon as they see it.
    dueAt: canReach(world, "dpo") ? backOff(world, 1, WAITS) : world.clock.now(),
    facts: readableNotice(facts),
    file: NOTHING,
    entry: {
      t: "notice",
      facts: {
        incident: parent,
        to: word("dpo"),
        about: about as Word,
        ...(duty === null ? {} : { duty: duty as Word }),
      },
    },
  });
  if (canReach(world, "dpo")) await deliverAlert(world, incident, notice);
}

/** One attempt by each notifier that has not sent it yet. Its failure stops nothing. */
export async function deliverAlert(
  world: BreachWorld,
  incident: About,
  notice: Notice,
): Promise<void> {
  const facts = noticeFacts(notice) as AlertFacts;
  const message = messageOf(world, incident, notice, facts);
  const sentBy = new Set(facts.sentBy);
  const failed: { notifier: Word; cause: Word }[] = [];
  for (const notifier of reaching(world.notifiers, "dpo")) {
    if (sentBy.has(notifier.name)) continue;
    const outcome = await attempt(notifier, message);
    if (outcome === "sent") sentBy.add(notifier.name);
    else failed.push({ notifier: notifier.name as Word, cause: causeWord(outcome) });
  }
  const done = failed.length === 0 && sentBy.size > 0;
  const attempts = facts.attempts + 1;
  const sent = [...sentBy].filter((name) => !facts.sentBy.includes(name)) as Word[];
  await unlessTaken(() =>
    advance(world, notice, {
      actor: SYSTEM_ACTOR,
      state: done ? word("sent") : word("queued"),
      ...(done
        ? { close: true, endsAt: registerEnds(world) }
        : { dueAt: backOff(world, attempts, WAITS) }),
      facts: readableNotice({ ...facts, attempts, sentBy: [...sentBy] }),
      entry: {
        t: "notice",
        facts: {
          incident: incident.id,
          to: word("dpo"),
          about: facts.about as Word,
          outcome: done ? word("sent") : word("failed"),
          attempt: attempts,
          sentBy: sent,
          failed,
        },
      },
    }),
  );
}

function causeWord(outcome: "no-address" | { readonly failed: FailureCause }): Word {
  return (outcome === "no-address" ? outcome : outcome.failed) as string as Word;
}

/** Another process was faster: its attempt counts. */
export async function unlessTaken(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isOubliError(error, "CONFLICT")) throw error;
  }
}

const TITLES: Readonly<Record<AlertAbout, string>> = {
  opened: "An incident was reported",
  raised: "An incident is graver than it was",
  "due-soon": "A notice of an incident is due soon",
  overdue: "A notice of an incident is overdue",
  "letters-failed": "Letters of an incident reached nobody",
};

/** For the officer's eyes, by a way that others may read: codes and dates, not what was reported. */
function messageOf(
  { policy }: BreachWorld,
  incident: About,
  { id }: Notice,
  { about, duty }: AlertFacts,
): Message {
  const { severity, detectedAt, affected } = factsOf(incident as IncidentCase);
  const title = TITLES[about];
  const lines = [
    `Incident ${incident.id}`,
    `Severity: ${severity}; state: ${incident.state}`,
    `Detected: ${new Date(detectedAt).toISOString()}`,
    `People affected, as far as is known: ${affected}`,
    ...(duty === null ? [] : [`To be told: ${duty}`]),
    `Read it: oubli breach show ${incident.id}`,
  ];
  const party = policy.controller?.dpo ?? policy.controller ?? null;
  return {
    key: id,
    to: { kind: "dpo", party },
    title,
    text: `${[title, "", ...lines].join("\n")}\n`,
    html: `<h1>${title}</h1>\n${lines.map((line) => `<p>${line}</p>`).join("\n")}\n`,
  };
}
