import { sensitiveUnder } from "../categories.ts";
import type { Pack } from "../pack.ts";

/**
 * California's companion chatbots (SB 243). The break notice is the statute's own duty; consent
 * before sensitive memories are stored is how this pack protects the people the statute is for.
 */
export function sb243(): Pack {
  return {
    name: "sb243",
    profile: "sb243-2026.1",
    rules: {
      explicitConsentCategories: {
        value: sensitiveUnder("sb243"),
        source: "choice: beyond Cal. Bus. & Prof. Code 22602",
      },
      breakNoticeHours: { value: 3, source: "Cal. Bus. & Prof. Code 22602(c)" },
    },
  };
}
