/** What callers give: its shapes, and the answer to what has none of them. */
export { check } from "./check.ts";
export { configured, refuseUnlisted } from "./codes.ts";
export { placedDeriver } from "./derivers.ts";
export { inputError, wordError } from "./rejection.ts";
export { shapes } from "./shapes.ts";
