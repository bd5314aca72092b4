import { THOROUGH } from "../proofs/support/thorough.ts";
import type { Scenario } from "./explore.ts";
import { H, IDLE, type Items, N2, N3, type Process, processAt } from "./world.ts";

const act = (name: string): Process => processAt(name);
const correction = (makes: Items): Process => ({ ...processAt("correct.facts"), makes });
const worker = processAt(IDLE, IDLE);
const writer = processAt("remember.facts");
const reader = (rounds: number): Process => ({ ...processAt("recall.gate"), rounds });

/** The largest worlds meet two faults when all is asked for, and one daily. */
const FAULTS = { faults: THOROUGH ? 2 : 1 };
const fewest = (daily: number, whole: number): number => (THOROUGH ? whole : daily);

/** Each explores every interleaving of its processes. */
export const SCENARIOS = {
  forget: {
    promise:
      "forget beside a remember and recalls leaves nothing of the node, and loses nothing else",
    fewestStates: 42_000,
    processes: { forget: act("forget.facts"), worker, writer, reader: reader(2) },
  },
  "forget-derived": {
    promise: "forget takes what is derived from the node, even while it is being derived",
    fewestStates: 53_000,
    processes: { forget: act("forget.facts"), worker, writer, reader: reader(2) },
    derives: true,
  },
  correct: {
    promise: "correct replaces a memory as a whole or not at all, whatever crashes or stalls",
    fewestStates: 86_000,
    processes: { correct: correction(N2), worker, writer, reader: reader(2) },
  },
  "correct-derived": {
    promise: "correct takes what was derived from the old revision, however late",
    fewestStates: 84_000,
    processes: { correct: correction(N2), worker, writer, reader: reader(2) },
    derives: true,
  },
  erase: {
    promise: "erase beside a remember and recalls leaves no row and no key, then or later",
    fewestStates: 94_000,
    processes: { erase: act("erase.facts"), worker, writer, reader: reader(2) },
  },
  "erase-held": {
    promise: "erase leaves what is held, and takes it when the hold is released",
    fewestStates: fewest(300_000, 630_000),
    processes: {
      erase: act("erase.facts"),
      release: act("release.commit"),
      worker,
      writer,
      reader: reader(1),
    },
    start: { held: H, ...FAULTS },
  },
  withdraw: {
    promise: "withdraw hides at once, and in the end erases, what rested on the consent alone",
    fewestStates: fewest(170_000, 320_000),
    processes: { withdraw: act("withdraw.commit"), worker, writer, reader: reader(2) },
    start: FAULTS,
  },
  "withdraw-grant": {
    promise: "a consent given again protects what is remembered under it",
    fewestStates: fewest(260_000, 450_000),
    processes: {
      withdraw: act("withdraw.commit"),
      grant: act("grant.commit"),
      worker,
      writer,
      reader: reader(1),
    },
    start: FAULTS,
  },
  "forget-hold": {
    promise: "a hold keeps what no intent named before it, and forget takes the rest",
    fewestStates: 5_400,
    processes: { forget: act("forget.facts"), hold: act("hold.commit"), worker, reader: reader(1) },
  },
  "forget-derived-hold": {
    promise: "a hold keeps a derivation that is added while its source is being forgotten",
    fewestStates: 4_100,
    processes: { forget: act("forget.facts"), hold: act("hold.commit"), worker, writer },
    derives: true,
  },
  "correct-derived-hold": {
    promise: "a hold keeps a revision from being corrected away",
    fewestStates: 7_700,
    processes: { correct: correction(N2), hold: act("hold.commit"), worker, writer },
    derives: true,
  },
  "correct-correct": {
    promise: "of two corrections of one revision, at most one stands, under its own key",
    fewestStates: 83_000,
    processes: { correct: correction(N2), other: correction(N3), worker, reader: reader(1) },
  },
  "forget-derived-readers": {
    promise: "forget holds for two recalls at once that share a working set",
    fewestStates: 290_000,
    processes: {
      forget: act("forget.facts"),
      worker,
      writer,
      reader: reader(1),
      reader2: reader(1),
    },
    start: { faults: 1 },
    derives: true,
  },
  "forget-correct": {
    promise: "forget beside a correction erases every revision of the node",
    fewestStates: fewest(34_000, 110_000),
    processes: {
      forget: act("forget.facts"),
      correct: correction(N2),
      worker,
      reader: reader(1),
    },
    start: FAULTS,
  },
  "forget-correct-derived": {
    promise: "forget beside a correction takes what is being derived meanwhile",
    fewestStates: 59_000,
    processes: { forget: act("forget.facts"), correct: correction(N2), worker, writer },
    derives: true,
  },
  "forget-forget": {
    promise: "two who forget the same node do not disturb one another",
    fewestStates: 50_000,
    processes: {
      forget: act("forget.facts"),
      other: act("forget.facts"),
      worker,
      reader: reader(1),
    },
  },
  "withdraw-correct": {
    promise: "withdraw beside a correction erases every revision",
    fewestStates: 13_000,
    processes: { withdraw: act("withdraw.commit"), correct: correction(N2), worker },
  },
  "forget-erase": {
    promise: "forget and erase at once both end",
    fewestStates: fewest(42_000, 150_000),
    processes: {
      forget: act("forget.facts"),
      erase: act("erase.facts"),
      worker,
      reader: reader(1),
    },
    start: FAULTS,
  },
  "erase-correct": {
    promise: "erase beside a correction leaves no revision",
    fewestStates: fewest(61_000, 230_000),
    processes: {
      erase: act("erase.facts"),
      correct: correction(N2),
      worker,
      reader: reader(1),
    },
    start: FAULTS,
  },
  "rotate-forget": {
    promise: "rotation makes a forget final, resurrects no key and loses none",
    fewestStates: 31_000,
    processes: { rotate: act("rotate.root"), forget: act("forget.facts"), worker, writer },
  },
  "rotate-correct": {
    promise: "rotation beside a correction keeps the one revision and makes the other final",
    fewestStates: 50_000,
    processes: { rotate: act("rotate.root"), correct: correction(N2), worker, writer },
  },
  "rotate-erase": {
    promise: "rotation makes an erasure final",
    fewestStates: 32_000,
    processes: { rotate: act("rotate.root"), erase: act("erase.facts"), worker, writer },
  },
  "rotate-erase-held": {
    promise: "rotation re-wraps what a hold kept, and makes the rest final",
    fewestStates: 34_000,
    processes: { rotate: act("rotate.root"), erase: act("erase.facts"), worker, writer },
    start: { held: H },
  },
  "rotate-register": {
    promise: "rotation strands no subject that is registered meanwhile",
    fewestStates: 6_500,
    processes: {
      rotate: act("rotate.root"),
      forget: act("forget.facts"),
      register: act("register.epoch"),
      worker,
    },
  },
  restore: {
    promise: "an old copy of the memories brings nothing erased back to a recall",
    fewestStates: 5_100,
    processes: {
      forget: act("forget.facts"),
      worker,
      restore: act("restore.copy"),
      reader: reader(2),
    },
  },
} as const satisfies Readonly<Record<string, Scenario>>;
