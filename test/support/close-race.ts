import { setTimeout as pause } from "node:timers/promises";

/** Starts its work at once, or a little later. */
export type Start = <T>(work: () => Promise<T>) => Promise<T>;

export interface CloseRace<Outcome extends string> {
  readonly rounds: number;
  /** What a round ends with where `first` was faster, and where `second` was. */
  readonly outcomes: readonly [first: Outcome, second: Outcome];
  /** How often each must come; default: once. */
  readonly met?: number;
}

const STEP_MS = 0.1;

/**
 * Has two rivals meet in each round so closely that both outcomes come, on any machine: whoever was
 * faster starts later the next time, and ever later for as long as it goes on being faster.
 *
 * @throws when an outcome came too rarely in ten times the rounds.
 */
export async function closeRace<Outcome extends string>(
  { rounds, outcomes: [ahead, behind], met = 1 }: CloseRace<Outcome>,
  round: (first: Start, second: Start, at: number) => Promise<Outcome>,
): Promise<void> {
  const times = new Map<Outcome, number>();
  const told = (): string => JSON.stringify([...times]);
  const isMet = () => [ahead, behind].every((one) => (times.get(one) ?? 0) >= met);
  let [leadMs, inARow] = [0, 0];
  let last: Outcome | null = null;
  for (let at = 0; at < rounds || !isMet(); at += 1) {
    if (at >= rounds * 10) throw new Error(`in ${at} rounds only ${told()}`);
    const outcome = await round(startAfter(leadMs), startAfter(-leadMs), at);
    if (outcome !== ahead && outcome !== behind) throw new Error(`no outcome of it: ${outcome}`);
    times.set(outcome, (times.get(outcome) ?? 0) + 1);
    inARow = outcome === last ? inARow + 1 : 1;
    leadMs += (outcome === ahead ? STEP_MS : -STEP_MS) * inARow;
    last = outcome;
  }
}

function startAfter(ms: number): Start {
  return async (work) => {
    if (ms >= 1) await pause(ms);
    return work();
  };
}
