import { givenIn } from "./access.ts";
import type { RightRoom } from "./right.ts";

/**
 * What the person gave, in a form that other services read: a part of the same package.
 *
 * @source GDPR Art. 20
 */
export const portability: RightRoom = {
  needsProof: true,
  async execute(_world, _caller, request) {
    return givenIn(request, "portable");
  },
};
