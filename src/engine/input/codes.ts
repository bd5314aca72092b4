import type { Word } from "#kernel";
import { configuredCodes, isConfigured, type CodeKind, type Policy } from "#policy";

import { wordError } from "./rejection.ts";

/**
 * A code that will stand in the ledger, which nobody can change: only one that the configuration
 * lists, since a name may have a code's shape.
 *
 * @throws {OubliError} `INPUT_INVALID` with those that are listed.
 */
export function configured(
  { policy }: { readonly policy: Policy },
  kind: CodeKind,
  { given, path }: { readonly given: string; readonly path: readonly string[] },
): Word {
  if (isConfigured(policy, kind, given)) return given;
  throw wordError(path, given, configuredCodes(policy, kind));
}

/** The notice and the mechanism of a consent. */
export function refuseUnlisted(
  world: { readonly policy: Policy },
  given: { readonly policyVersion: string; readonly mechanism: string },
  path: readonly string[],
): void {
  const { policyVersion, mechanism } = given;
  configured(world, "notices", { given: policyVersion, path: [...path, "policyVersion"] });
  configured(world, "mechanisms", { given: mechanism, path: [...path, "mechanism"] });
}
