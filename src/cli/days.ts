/** Days of counts, as the engine checks them. */
export const DAYS = {
  from: { type: "string", value: "day", required: true, help: "The first day, in UTC: 2026-11-01" },
  to: { type: "string", value: "day", required: true, help: "The last one" },
} as const;
