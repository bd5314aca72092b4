import { erase, planErase, type Certificate, type ErasePlan } from "#erasure";
import { word } from "#kernel";
import { admit, type Caller } from "#memory";
import type { TargetsOrder } from "#sources";
import type { z } from "zod";

import { check, configured } from "./input/index.ts";
import { sourcesShapes as shapes } from "./input/sources-shapes.ts";
import { logged } from "./logged-refusal.ts";
import { endWaiting } from "./package-face.ts";
import type { EngineWorld } from "./world.ts";

export interface EraseFace {
  /** What {@link erase} would do. For whoever may erase, and the auditor. */
  plan(): Promise<ErasePlan>;
  /**
   * Erases the person, then what other systems hold of them. The certificate says in `targets` how
   * far those are; what is not complete goes on by itself: `oubli.sources.erasures()`.
   *
   * @param options.identifiers Further names of the person that those systems know: `{ email }`.
   * @param options.anonymise Sources that anonymise, because the law has their data kept.
   * @throws {OubliError} `ERASURE_BLOCKED`, `HELD`, `ZERO_SCOPE`, `CONFLICT`.
   */
  erase(options?: z.input<typeof shapes.erase>): Promise<Certificate>;
}

export function eraseFace(world: EngineWorld, caller: Caller): EraseFace {
  return {
    async plan() {
      await admit(world, { verb: "plan", caller, purpose: null, session: null });
      return planErase(world, { caller, reason: word("plan") });
    },
    async erase(options = {}) {
      const { reason: given, ...said } = check(shapes.erase, options, "options");
      const reason = configured(world, "reasons", { given, path: ["options", "reason"] });
      const targets = said as object as TargetsOrder;
      return logged(world, caller, "erase", async () => {
        const certificate = await erase(world, { caller, reason, targets });
        await endWaiting(world, caller, caller);
        return certificate;
      });
    },
  };
}
