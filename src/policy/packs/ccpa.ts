import { word } from "#kernel";

import type { Pack } from "../pack.ts";

/** The California Consumer Privacy Act. Its clocks stand in the law profile of the same name. */
export function ccpa(): Pack {
  return {
    name: "ccpa",
    profile: "ccpa-2026.1",
    rules: {
      optOutSignal: { value: true, source: "11 CCR 7025, Cal. Civ. Code 1798.135(e)" },
      neverReturned: {
        value: [
          word("social-security-number"),
          word("licence-number"),
          word("financial-account-number"),
          word("health-insurance-number"),
          word("medical-number"),
          word("password"),
          word("security-answer"),
          word("biometric"),
        ],
        source: "11 CCR 7024(d), Cal. Civ. Code 1798.130",
      },
      specialNeedsRetention: { value: true, source: "Cal. Civ. Code 1798.100(a)(3)" },
    },
  };
}
