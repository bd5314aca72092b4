import { word } from "#kernel";

import { say } from "./letters/say.ts";
import { completely, waiting, type RightRoom } from "./right.ts";

/**
 * What the person gave, in a form that other services read: a part of the same package.
 *
 * @source GDPR Art. 20
 */
export const portability: RightRoom = {
  needsProof: true,
  async execute(_world, _caller, request) {
    const made = request.file?.done.package;
    if (made === undefined) return waiting([word("package")]);
    if (made.failed.length > 0) return waiting(made.failed);
    const { records } = made;
    return completely([say("portable", { count: records })], { records });
  },
};
