import { setTimeout as pause } from "node:timers/promises";

/** Longer than anything takes on a slow machine that is busy: what is not so by then never will be. */
const LIMIT_MS = 60_000;

/** Waits until something is so. @throws where it never is. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`waited in vain until ${what}`);
    await pause(3);
  }
}
