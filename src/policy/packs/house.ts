import { LIMITS, word } from "#kernel";

import type { Pack } from "../pack.ts";

/** What Oubli itself asks, under every law. It is in every policy, and cannot be taken out. */
export function house(): Pack {
  return {
    name: "oubli",
    profile: "oubli-2026.1",
    rules: {
      auditRetentionYears: { value: 3, source: "choice: GDPR Art. 5(2) gives no number" },
      consentRecordRetentionDays: { value: 2555, source: "choice: GDPR Art. 7(1) gives no number" },
      specialNeedsRetention: { value: true, source: "GDPR Art. 5(1)(e)" },
      explicitConsentPurposes: {
        value: [word("third_party_sharing")],
        source: "choice: nothing is shared with third parties without explicit consent",
      },
      recallNodesMax: { value: LIMITS.recallNodesMax, source: "choice: GDPR Art. 5(1)(c)" },
    },
  };
}
