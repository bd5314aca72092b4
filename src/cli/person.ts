import type { Subject } from "#engine";
import { OubliError } from "#kernel";

import type { Argument } from "./command.ts";
import type { Opened } from "./open.ts";

export const SUBJECT: Argument = { help: "The person, as the application calls them" };

/** @throws {OubliError} `NOT_FOUND` for a person who is not registered: nobody is, by a typo. */
export async function personOf({ oubli }: Opened, externalId: string): Promise<Subject> {
  const found = await oubli.find(externalId);
  if (found === null) throw new OubliError("NOT_FOUND");
  return found;
}
