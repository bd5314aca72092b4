import { word } from "#kernel";

import { say } from "./letters/say.ts";
import { completely, waiting, type RightRoom } from "./right.ts";

/**
 * A copy of everything: the package that is made for the request. It waits for it, and for every
 * system that has not given its part yet.
 *
 * @source GDPR Art. 15 · 45 CFR 164.524 · 11 CCR 7024 · LGPD Art. 19
 */
export const access: RightRoom = {
  needsProof: true,
  async execute(_world, _caller, request) {
    const made = request.file?.done.package;
    if (made === undefined) return waiting([word("package")]);
    if (made.failed.length > 0) return waiting(made.failed);
    const { records } = made;
    return completely([say("copy", { count: records })], { records });
  },
};
