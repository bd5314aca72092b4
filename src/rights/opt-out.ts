import { word } from "#kernel";

import { codes, say } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import { completely, type RightRoom } from "./right.ts";
import { stopPurposes } from "./stop-purposes.ts";

/**
 * Neither sold nor shared from now on. Anybody may ask for it, a browser's signal too: nothing is
 * proved, and nothing has to be.
 *
 * @source Cal. Civ. Code 1798.120 · 11 CCR 7025, 7026
 */
export const optOut: RightRoom = {
  needsProof: false,
  async execute(world, caller, request) {
    const purposes = [
      ...new Set([word("third_party_sharing"), ...(request.file?.wanted.purposes ?? [])]),
    ];
    const { counts, restrictions } = await stopPurposes(world, caller, request, purposes);
    const recipients = await recipientsTold(world, caller.subject, request);
    const did = [say("notShared", { purposes: codes(...purposes) })];
    return completely(did, counts, { restrictions, recipients });
  },
};
