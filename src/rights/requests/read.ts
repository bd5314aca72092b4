import { allCases, listCases, loadCase, type CaseRow } from "#cases";
import type { CaseId, SubjectId, Word } from "#kernel";

import type { Request, RequestFile } from "./request.ts";
import type { RightsWorld } from "./world.ts";

/** @throws {OubliError} `NOT_FOUND` */
export function loadRequest(world: RightsWorld, tenant: Word, id: CaseId): Promise<Request> {
  return loadCase<RequestFile>(world, { tenant, kind: "request", id });
}

export interface RequestListing {
  readonly tenant: Word;
  readonly subject?: SubjectId;
  readonly after: Pick<CaseRow, "openedAt" | "id"> | null;
  readonly limit: number;
}

/** A page of requests without their files, newest first. */
export function listRequests(
  world: RightsWorld,
  listing: RequestListing,
): Promise<readonly CaseRow[]> {
  return listCases(world, { ...listing, kind: "request" });
}

/** All of one person's, newest first. */
export function requestsOf(
  world: Pick<RightsWorld, "cases">,
  whose: { readonly tenant: Word; readonly subject: SubjectId },
): AsyncGenerator<CaseRow> {
  return allCases(world, { ...whose, kind: "request" });
}
