import { openIncident } from "#breach";
import { word, type Actor, type SubjectId, type Word } from "#kernel";

import type { EngineWorld } from "../world.ts";
import type { LostArrival } from "./options.ts";

/**
 * Opens a suspected incident with each controller whose people were lost: that personal data are
 * gone is a breach of availability, and the officer has to say what follows from it.
 *
 * @source GDPR Art. 4(12), 33(1), 33(5) · EDPB Guidelines 9/2022, 16–17
 */
export async function suspectLoss(
  world: EngineWorld,
  actor: Actor,
  lost: readonly LostArrival[],
): Promise<void> {
  for (const [tenant, people] of Map.groupBy(lost, (one) => one.tenant as Word)) {
    const { size: regions } = new Set(people.map(({ from }) => from));
    await openIncident(
      world,
      { tenant, actor },
      {
        detectedAt: world.clock.now(),
        description:
          `A restore gave up the end of the log of ${world.region}. ${people.length} who had come ` +
          `from ${regions === 1 ? "another region" : `${regions} other regions`} in it are not in ` +
          "what was put back, and were erased where they had been.",
        severity: "medium",
        risk: "none",
        state: "suspected",
        kinds: ["availability"],
        affectedUsers: people.map(({ subject }) => subject as SubjectId),
        dataCategories: [],
        containmentActions: [],
        rule: word("arrival-lost"),
      },
    );
  }
}
