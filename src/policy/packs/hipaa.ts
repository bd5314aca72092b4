import { sensitiveUnder } from "../categories.ts";
import type { Pack } from "../pack.ts";

/** How many nodes a recall returns at most where health data may be among them. */
const RECALL_NODES_MAX = 50;

/** 45 CFR Parts 160 and 164. It binds people homed in a region marked `hipaaCovered`. */
export function hipaa(): Pack {
  return {
    name: "hipaa",
    profile: "hipaa-2026.1",
    rules: {
      auditRetentionYears: { value: 6, source: "45 CFR 164.316(b)(2)(i)" },
      phiCategories: { value: sensitiveUnder("hipaa"), source: "45 CFR 160.103" },
      recallNodesMax: {
        value: RECALL_NODES_MAX,
        source: "choice: 45 CFR 164.502(b), 164.514(d) give no number",
      },
    },
  };
}
