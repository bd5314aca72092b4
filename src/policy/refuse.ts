import type { Details, Word } from "#kernel";

import type { Gap, Reason, Refused } from "./decision.ts";
import { guard, type GuardName } from "./guard.ts";

export function refuse(
  name: GuardName,
  reason: Reason,
  code: Refused["code"],
  details: Details = {},
): Refused {
  return { outcome: "refused", code, ...said(name, reason, details) };
}

export function gap(name: GuardName, reason: Reason, details: Details): Gap {
  return { outcome: "gap", code: "POLICY_GAP", ...said(name, reason, details) };
}

/** The error says the guard and the reason too, so that a log line alone is enough. */
function said(name: GuardName, reason: Reason, details: Details) {
  const why = reason as Reason & Word;
  return {
    guard: guard(name),
    reason: why,
    details: { guard: guard(name), reason: why, ...details },
  };
}
