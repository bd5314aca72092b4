import type { Clinic } from "./posture-world.ts";

/** Something that is wrong with an installation, and the control that has to see it. */
export interface Fault {
  readonly fault: string;
  readonly seenBy: string;
  /** What of the same cause is seen as well. */
  readonly also?: readonly string[];
  plant(clinic: Clinic): Promise<unknown>;
}
