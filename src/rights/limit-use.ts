import { word, type RestrictionId, type Word } from "#kernel";
import { sensitiveUnder, type LawfulBasis, type Policy } from "#policy";

import { codes, say } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import { restricted } from "./restriction.ts";
import { completely, type RightRoom } from "./right.ts";

/**
 * Sensitive data for what is necessary alone: every other purpose that may hold any is restricted.
 *
 * @source Cal. Civ. Code 1798.121 · 11 CCR 7027
 */
export const limitUse: RightRoom = {
  needsProof: false,
  async execute(world, caller, request) {
    const purposes = request.file?.wanted.purposes ?? beyondNeed(world.policy);
    const restrictions: RestrictionId[] = [];
    for (const purpose of purposes) {
      restrictions.push(await restricted(world, caller, { purpose, ground: word("objection") }));
    }
    const recipients = await recipientsTold(world, caller.subject, request);
    const did =
      purposes.length === 0
        ? [say("neverUsed")]
        : [say("stopped", { purposes: codes(...purposes) })];
    return completely(did, { restrictions: restrictions.length }, { restrictions, recipients });
  },
};

/** What the person came for, and what the law asks, is necessary. */
const NECESSARY: ReadonlySet<LawfulBasis> = new Set([
  "contract",
  "legal-obligation",
  "vital-interests",
  "public-task",
]);
const SERVICE = "assistant";

function beyondNeed({ purposes }: Policy): readonly Word[] {
  const sensitive: readonly string[] = sensitiveUnder("ccpa");
  const beyond = Object.entries(purposes).filter(
    ([name, { basis, categories }]) =>
      name !== SERVICE &&
      !(basis !== null && NECESSARY.has(basis)) &&
      categories?.some((category) => sensitive.includes(category)),
  );
  return beyond.map(([name]) => name as Word).toSorted();
}
