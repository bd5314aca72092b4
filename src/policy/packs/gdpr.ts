import type { Pack } from "../pack.ts";

/** Regulation (EU) 2016/679, and the United Kingdom's version of it. */
export function gdpr(): Pack {
  return {
    name: "gdpr",
    profile: "gdpr-2026.1",
    rules: {
      auditRetentionYears: { value: 3, source: "choice: GDPR Art. 5(2) gives no number" },
      consentRecordRetentionDays: { value: 2555, source: "choice: GDPR Art. 7(1) gives no number" },
      specialNeedsCondition: { value: true, source: "GDPR Art. 9(1), 9(2)" },
      healthStaysInEea: { value: true, source: "GDPR Art. 9(1), 44" },
      specialNeedsRetention: { value: true, source: "GDPR Art. 5(1)(e)" },
    },
  };
}
