import { setTimeout as pause } from "node:timers/promises";

/** Far more than a slow machine needs: it ends what would never come. */
const MS_MAX = 60_000;

/**
 * Looks until something holds, however long this machine takes.
 *
 * @param what Is said to fail where it never does.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  for (const end = performance.now() + MS_MAX; !(await holds()); await pause(5)) {
    if (performance.now() > end) throw new Error(`it never came: ${what()}`);
  }
}
