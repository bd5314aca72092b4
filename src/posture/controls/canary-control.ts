import type { Canary } from "../canary.ts";
import { notChecked, type Control, type Verdict } from "../control.ts";
import type { Ground } from "../ground.ts";

const NO_PURPOSE = "No purpose lets anybody remember and recall something ordinary.";

/** A control that looks at a canary. */
export function canaryControl(
  control: string,
  rows: Control["rows"],
  title: string,
  look: (canary: Canary, ground: Ground) => Promise<Verdict>,
  which: "first" | "second" = "first",
): Control {
  return {
    control,
    rows,
    title,
    async probe(ground) {
      const planted = await ground.canary[which]();
      return planted === null ? notChecked(NO_PURPOSE) : look(planted, ground);
    },
  };
}
