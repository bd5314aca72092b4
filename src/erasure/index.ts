/** What destroys: forget, erase, correct; the holds that beat it, and the proof of it. */
export { carryOut } from "./carry-out.ts";
export { certificateOf, certify, type Certificate } from "./certificate.ts";
export { correct, type CorrectCall, type Corrected } from "./correct.ts";
export { erase, planErase, type EraseCall, type ErasePlan } from "./erase.ts";
export { finaliseErasures, rotate } from "./final.ts";
export { withCertificate, type ErasedTargets } from "./erase-targets.ts";
export { forget, type ForgetCall } from "./forget.ts";
export { openHold, type Hold } from "./hold-case.ts";
export { placeHold, releaseHold, splitHeld, type HoldInput } from "./holds.ts";
export { apart, redo, runQueue, runQueues } from "./redo.ts";
export { lastNarrowing, noteApplied, replayLedger, type Replayed } from "./replay.ts";
export { LIMITATIONS, type Surface, type SurfaceName, type SurfaceResult } from "./surfaces.ts";
export { leaseOf, type ErasureWorld } from "./world.ts";
