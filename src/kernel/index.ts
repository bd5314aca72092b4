/** Words, ids, time, errors and canonical bytes that every room shares. Imports no room. */
export * from "./actor.ts";
export * from "./back-off.ts";
export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./content-policy.ts";
export * from "./escape.ts";
export { ERRORS, type ErrorCode, type ErrorKind } from "./error-codes.ts";
export * from "./html.ts";
export * from "./ids.ts";
export * from "./jcs.ts";
export * from "./limits.ts";
export * from "./plain.ts";
export * from "./safe-url.ts";
export * from "./webhook-signature.ts";
export * from "./words.ts";
