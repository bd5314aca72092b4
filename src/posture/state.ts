import type { Finding, State } from "./control.ts";

/** What several findings are together: broken by any one, held only by one that was checked. */
export function stateOf(findings: readonly Pick<Finding, "state">[]): State {
  if (findings.some(({ state }) => state === "broken")) return "broken";
  return findings.some(({ state }) => state === "held") ? "held" : "not-checked";
}
