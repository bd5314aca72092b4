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
          `What was put back of region ${world.region} is older than the arrival of ` +
          `${people.length} from ${regions === 1 ? "another region" : `${regions} other regions`}, ` +
          "where they were erased when they left. What came with them is lost.",
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
