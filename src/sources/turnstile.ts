/** Lets so many in at once, in the order in which they came. */
export interface Turnstile {
  /**
   * @param urgent Whoever may not wait any longer is let in beside the others when it resolves.
   * @returns what to call on leaving.
   */
  enter(urgent?: Promise<unknown>): Promise<() => void>;
}

export function openTurnstile(places: number): Turnstile {
  const waiting: (() => void)[] = [];
  let free = places;
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    async enter(urgent) {
      if (free > 0) {
        free -= 1;
        return leave;
      }
      const { promise, resolve } = Promise.withResolvers<() => void>();
      const inTurn = (): void => resolve(leave);
      waiting.push(inTurn);
      const letIn = async (): Promise<void> => {
        await urgent;
        const at = waiting.indexOf(inTurn);
        if (at !== -1) resolve(() => {});
        waiting.splice(at, at === -1 ? 0 : 1);
      };
      if (urgent !== undefined) void letIn();
      return promise;
    },
  };
}
