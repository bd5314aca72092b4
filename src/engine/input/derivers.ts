import { types } from "node:util";

import type { Deriver, PlacedDeriver } from "#memory";

import { check } from "./check.ts";
import { shapes } from "./shapes.ts";

/** An application's function, whose answer is an input like any other. */
function checkedDeriver(make: Deriver): Deriver {
  return async (sources) => {
    const answer: unknown = make(sources);
    // Only a promise is waited for: to ask anything else for its `then` may throw.
    return check(shapes.content, types.isPromise(answer) ? await answer : answer, "derived");
  };
}

/** A registered deriver, which runs here unless it says who gets what it is given. */
export function placedDeriver(
  given: Deriver | { readonly processor: string; readonly derive: Deriver },
): PlacedDeriver {
  if (typeof given === "function") return { derive: checkedDeriver(given), processor: null };
  return { derive: checkedDeriver(given.derive), processor: given.processor };
}
