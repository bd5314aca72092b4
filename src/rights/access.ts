import { word } from "#kernel";

import { codes, say } from "./letters/say.ts";
import type { SaidName } from "./letters/phrases.ts";
import type { Request } from "./requests/request.ts";
import { completely, waiting, type Executed, type RightRoom } from "./right.ts";

/**
 * A copy of everything: the package that is made for the request. It waits for it, and for every
 * system that has not given its part yet.
 *
 * @source GDPR Art. 15 · 45 CFR 164.524 · 11 CCR 7024 · LGPD Art. 19
 */
export const access: RightRoom = {
  needsProof: true,
  async execute(_world, _caller, request) {
    return givenIn(request, "copy");
  },
};

/** Of records of a system that nobody said what may be given out of: each is held back whole. */
const NOT_GIVEN = word("access-undeclared");

/** What a package gives, and what it does not: no copy is said to hold what it counts and hides. */
export function givenIn(request: Request, what: SaidName & ("copy" | "portable")): Executed {
  const made = request.file?.done.package;
  if (made === undefined) return waiting([word("package")]);
  if (made.failed.length > 0) return waiting(made.failed);
  const { [NOT_GIVEN]: heldBack = 0, ...hidden } = made.withheld ?? {};
  const records = made.records - heldBack;
  const places = Object.values(hidden).reduce((sum, times) => sum + times, 0);
  const leftOut = say("leftOut", { count: places, reasons: codes(...Object.keys(hidden)) });
  const did = [say(what, { count: records }), ...(places === 0 ? [] : [leftOut])];
  if (heldBack === 0) return completely(did, { records });
  return completely(
    did,
    { records, heldBack },
    {
      exceptions: [word("records-held-back")],
      outcome: { kept: [say("heldBack", { count: heldBack, reasons: codes(NOT_GIVEN) })] },
    },
  );
}
