/** Where a crash proof may stop the keyring: just before and just after each durable step. */
const STEPS = [
  "keys.root.create",
  "keys.epoch.begin",
  "keys.register",
  "keys.directory.forget",
  "keys.mint",
  "keys.drop",
  "keys.shred",
  "keys.shred-subject",
  "keys.purge",
  "keys.tag",
  "keys.evidence",
  "keys.evidence.end",
  "keys.case",
  "keys.case.end",
  "keys.rotate.directory",
  "keys.rotate.subjects",
  "keys.rotate.subject",
  "keys.rotate.evidence",
  "keys.rotate.tags",
  "keys.rotate.cases",
  "keys.rotate.destroy",
  "keys.rotate.end",
] as const;

type KeysStep = (typeof STEPS)[number];
export type KeysFaultPoint = `${KeysStep}:before` | `${KeysStep}:after`;

export const KEYS_FAULT_POINTS: readonly KeysFaultPoint[] = STEPS.flatMap(
  (step) => [`${step}:before`, `${step}:after`] as const,
);

export type Fault = (point: KeysFaultPoint) => void;

/** Runs one durable step between its two fault points. */
export type Durably = <T>(step: KeysStep, work: () => Promise<T>) => Promise<T>;

export function durably(fault: Fault): Durably {
  return async (step, work) => {
    fault(`${step}:before`);
    const result = await work();
    fault(`${step}:after`);
    return result;
  };
}
