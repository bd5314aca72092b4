import { createHash } from "node:crypto";

import { canonicalJson, utf8, type Json, type Word } from "#kernel";

import type { OubliConfig } from "./config-input.ts";
import type { Policy } from "./policy.ts";

const digests = new WeakMap<Policy, Word>();

/** The one text of a policy: canonical JSON, without file paths. @source RFC 8785 */
export function policyJson(policy: Policy): string {
  return canonicalJson(policy as unknown as Json);
}

/** SHA-256 of {@link policyJson} in hexadecimal. */
export function policyDigest(policy: Policy): Word {
  let digest = digests.get(policy);
  if (digest === undefined) {
    digest = createHash("sha256")
      .update(utf8(policyJson(policy)))
      .digest("hex") as Word;
    digests.set(policy, digest);
  }
  return digest;
}

/** The digest of a configuration's policy: moving a folder does not change it. */
export function configDigest(config: OubliConfig): Word {
  return policyDigest(config.policy);
}
