import { instant, strict, version } from "./fields.ts";

/** What the accounts are asked with. */
export const accountabilityShapes = {
  publish: strict({ version }),
  accounting: strict({ from: instant.optional(), until: instant.optional() }),
};
