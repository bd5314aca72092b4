import { OubliError } from "#kernel";

import type { Added } from "./advance.ts";
import { askedSaid, sealedIn } from "./opening.ts";
import { factsOf, type Request, type RequestFile } from "./request.ts";
import { note } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** What whoever advances a request says again, or besides. */
export type Said = Pick<Added, "wanted" | "identifiers" | "details">;

/** A file with what was added to it. */
export function withSaid(
  file: RequestFile,
  { wanted, identifiers, details }: Said,
): Pick<RequestFile, "wanted" | "identifiers" | "details"> {
  return {
    wanted: { ...file.wanted, ...wanted },
    identifiers: { ...file.identifiers, ...identifiers },
    details: details ?? file.details,
  };
}

/**
 * What a restore lost of a request's file; nothing is carried out on less than was asked for.
 *
 * @throws {OubliError} `REQUEST_INCOMPLETE` with the names of it.
 */
export function refuseMissing({ id, facts }: Pick<Request, "id" | "facts">): void {
  const { missing = [] } = factsOf({ facts });
  if (missing.length > 0) throw new OubliError("REQUEST_INCOMPLETE", { case: id, fields: missing });
}

/**
 * Takes in again what a restore lost. An empty list of identifiers says that they cannot be found.
 *
 * @throws {OubliError} `REQUEST_INCOMPLETE` while anything of it is still missing.
 */
export async function restated(
  world: RightsWorld,
  request: Request,
  { actor }: Acting,
  said: Said,
): Promise<Request> {
  const { missing: was = [] } = factsOf(request);
  if (was.length === 0) return request;
  const given = new Set<string>(sealedIn(said));
  if (said.identifiers !== undefined) given.add("identifiers");
  const missing = was.filter((name) => !given.has(name));
  refuseMissing({ id: request.id, facts: { missing } });
  return note(world, request, actor, {
    facts: { missing },
    ...(request.file === null ? {} : { file: withSaid(request.file, said) }),
    said: { restated: was, ...askedSaid(said) },
  });
}
