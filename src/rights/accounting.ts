import { word } from "#kernel";

import { say } from "./letters/say.ts";
import { completely, waiting, type RightRoom } from "./right.ts";

/**
 * Who was given the person's health information. Whoever keeps the accounts makes the list; the
 * request waits for it.
 *
 * @source 45 CFR 164.528
 */
export const accounting: RightRoom = {
  needsProof: true,
  async execute(_world, _caller, request) {
    const made = request.file?.done.accounting;
    if (made === undefined) return waiting([word("accounting")]);
    return completely([say("accounted", { count: made.listed })], made);
  },
};
