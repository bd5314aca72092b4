/** The consent ledger: append-only, and what gates every read and write that rests on consent. */
export * from "./ledger.ts";
export * from "./record.ts";
export * from "./restrict.ts";
