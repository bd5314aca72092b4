import type { Finding, State } from "./control.ts";

/**
 * What several findings are together: broken by any one; held only by one that was checked, and
 * only where nothing of it is still to be built.
 */
export function stateOf(findings: readonly Pick<Finding, "state" | "unbuilt">[]): State {
  if (findings.some(({ state }) => state === "broken")) return "broken";
  if (findings.some(({ unbuilt }) => unbuilt)) return "not-checked";
  return findings.some(({ state }) => state === "held") ? "held" : "not-checked";
}
