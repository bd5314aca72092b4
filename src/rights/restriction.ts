import { hash } from "node:crypto";

import { restrict } from "#consent";
import { ID_PREFIXES, word, type CaseId, type RestrictionId, type Word } from "#kernel";
import type { Caller } from "#memory";

import { act } from "./act.ts";
import { say } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import type { RightsWorld } from "./requests/world.ts";
import { completely, type RightRoom } from "./right.ts";

/** The grounds of Art. 18(1), by the codes that they stand under in the ledger. */
export const RESTRICTION_GROUNDS: readonly Word[] = [
  word("accuracy-contested"),
  word("unlawful"),
  word("legal-claims"),
  word("objection"),
];

/**
 * Stored, and nothing else, for every purpose, until it is lifted. The person is told before.
 *
 * @source GDPR Art. 18
 */
export const restriction: RightRoom = {
  needsProof: true,
  async execute(world, caller, request) {
    const ground = request.file?.wanted.ground ?? word("accuracy-contested");
    const id = await restricted(world, caller, { purpose: null, ground, id: ownId(request.id) });
    const recipients = await recipientsTold(world, caller.subject, request);
    return completely([say("restricted")], { restrictions: 1 }, { restrictions: [id], recipients });
  },
};

/**
 * A restriction of the request's own, found again behind a crash. Not one that stands for another
 * request, or that the officer placed: with this request it would be lifted from under them.
 */
function ownId(request: CaseId): RestrictionId {
  const digest = hash("sha256", `restriction of ${request}`, "base64url");
  return `${ID_PREFIXES.restriction}_${digest.slice(0, ID_CHARACTERS)}` as RestrictionId;
}

/** 128 bits and a little, as every id has them. */
const ID_CHARACTERS = 22;

/** The restriction that stands already, or a new one: the act may be called again. */
export async function restricted(
  world: RightsWorld,
  caller: Caller,
  what: {
    readonly purpose: Word | null;
    readonly ground: Word;
    /** Absent: any that restricts the same will do. */
    readonly id?: RestrictionId;
  },
): Promise<RestrictionId> {
  const { facts } = await world.facts.read(caller.subject);
  const standing = facts.restrictions.find(({ id, purpose, ground }) =>
    what.id === undefined ? purpose === what.purpose && ground === what.ground : id === what.id,
  );
  if (standing) return standing.id;
  const row = await act(world, caller, "restrict", (permit) =>
    restrict(world, permit, caller.tenant, what),
  );
  return row.id;
}
