/**
 * fast-check with the same cases in every run, so that what fails was broken by a change. The long
 * run looks further, at others each time; what fails there says its seed.
 */
import { configureGlobal } from "fast-check";

import { THOROUGH } from "../proofs/support/thorough.ts";

export * from "fast-check";
export { default } from "fast-check";

if (!THOROUGH) configureGlobal({ seed: 1815 });
