import type { Subject } from "#engine";

import { CliError } from "./cli-error.ts";
import type { Argument } from "./command.ts";
import type { OpenedRegions } from "./open.ts";

export const SUBJECT: Argument = { help: "The person, as the application calls them" };

/** @throws {CliError} `NOT_FOUND` for a person who is not registered: nobody is, by a typo. */
export async function personOf(
  { oubli }: Pick<OpenedRegions, "oubli">,
  externalId: string,
): Promise<Subject> {
  const found = await oubli.find(externalId);
  if (found === null) throw noSuchPerson();
  return found;
}

export function noSuchPerson(): CliError {
  return new CliError("NOT_FOUND", "there is no such person; for another application: --tenant");
}
