import type { Word } from "#kernel";
import type { Policy } from "#policy";

import { codes, say } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import { completely, type RightRoom } from "./right.ts";
import { stopPurposes } from "./stop-purposes.ts";

/** Advertising always stops: no ground outweighs the objection. @source GDPR Art. 21(2), 21(3) */
export const DIRECT_MARKETING: readonly string[] = ["marketing_email"];

/**
 * The purposes that somebody named; else every one that rests on an interest or a public task, and
 * advertising.
 *
 * @source GDPR Art. 21
 */
export const objection: RightRoom = {
  needsProof: true,
  async execute(world, caller, request) {
    const purposes = request.file?.wanted.purposes ?? openToObjection(world.policy);
    const { counts, restrictions } = await stopPurposes(world, caller, request, purposes);
    const recipients = await recipientsTold(world, caller.subject, request);
    const did = [say("stopped", { purposes: codes(...purposes) })];
    return completely(did, counts, { restrictions, recipients });
  },
};

function openToObjection({ purposes }: Policy): readonly Word[] {
  const open = Object.entries(purposes).filter(
    ([name, { basis }]) =>
      basis === "legitimate-interests" ||
      basis === "public-task" ||
      DIRECT_MARKETING.includes(name),
  );
  return open.map(([name]) => name as Word).toSorted();
}
