import type { Pack } from "../pack.ts";

/** Lei 13.709/2018, Brazil. Its clocks stand in the law profile of the same name. */
export function lgpd(): Pack {
  return {
    name: "lgpd",
    profile: "lgpd-2026.1",
    rules: {
      specialNeedsCondition: { value: true, source: "LGPD Art. 11" },
      specialNeedsRetention: { value: true, source: "LGPD Art. 15, 16" },
    },
  };
}
