/**
 * Whether the long proofs run whole: `OUBLI_THOROUGH=1 npm test` takes some twenty minutes on two
 * cores. Without it they take the share that each of them names.
 */
export const THOROUGH = process.env["OUBLI_THOROUGH"] === "1";
