import { CATEGORY_IDS } from "./categories.ts";
import type { PurposeInput } from "./purpose.ts";

/**
 * Purposes that every configuration has. All rest on consent; a configuration may declare one of
 * the same name in its place.
 *
 * `assistant` holds special categories under explicit consent only. It holds no criminal records:
 * consent does not make them lawful, so a configuration declares its own purpose for them.
 *
 * @source GDPR Art. 6(1)(a), Art. 9(2)(a), Art. 10 · ePrivacy Directive 2002/58/EC Art. 13(1)
 */
export const STANDARD_PURPOSES: Readonly<Record<string, PurposeInput>> = {
  assistant: {
    basis: "consent",
    condition: "explicit-consent",
    categories: CATEGORY_IDS.filter((id) => id !== "criminal"),
    retention: "P2Y",
  },
  marketing_email: {
    basis: "consent",
    categories: ["account", "contact", "preference"],
    retention: "P2Y",
    use: "inform",
  },
  analytics: {
    basis: "consent",
    categories: ["account", "behaviour", "preference"],
    retention: "P365D",
    use: "withhold",
  },
  third_party_sharing: {
    basis: "consent",
    categories: ["account", "behaviour", "contact", "preference"],
    retention: "P1Y",
    use: "withhold",
  },
  personalization: {
    basis: "consent",
    categories: ["account", "behaviour", "education", "location", "preference", "work"],
    retention: "P2Y",
    use: "inform",
  },
};
