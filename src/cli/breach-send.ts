import type { IncidentDetails } from "#breach";
import type { Oubli } from "#engine";

import { incidentAnswer } from "./breach-answer.ts";
import { EXIT, type Answer, type Cli } from "./command.ts";
import { targetOf } from "./open.ts";

/**
 * Sends what is due, where the configuration file names notifiers; a process without any would
 * only keep others from it.
 *
 * @returns the incident as it stands then, with {@link EXIT.waiting} where the officer could not be
 *   told.
 */
export async function sendDue(
  { settings, folder }: Cli,
  breach: Oubli["breach"],
  { id }: Pick<IncidentDetails, "id">,
): Promise<Answer> {
  const { given } = await targetOf(settings, folder);
  if ((given?.notifiers ?? []).length > 0) await breach.work();
  const incident = await breach.show(id);
  const failed = incident.alerts.some(({ state, attempts }) => isQueued(state) && attempts > 0);
  return { ...incidentAnswer(incident), exit: failed ? EXIT.waiting : EXIT.done };
}

function isQueued(state: string): boolean {
  return state === "queued";
}
