import type { Stores } from "#engine";

import { createActor } from "./acts.ts";
import { checkRegion } from "./check-folder.ts";
import { faultyStores, type FaultPoint } from "./faulty-stores.ts";
import { memoryJournal, type Act, type Operation } from "./history.ts";
import type { Around } from "./intercepted-stores.ts";
import { LEASES_OVER_MS, openProcess, type MovableClock } from "./region.ts";

/** Stores that one process after another opens. */
export interface Life {
  readonly clock: MovableClock;
  open(): Promise<Stores>;
  close(stores: Stores): Promise<void>;
}

export interface Death {
  readonly acts: readonly Act[];
  readonly point: FaultPoint | null;
  /** Whether the writes of the opening count as well. */
  readonly fromOpening?: boolean;
  readonly around?: Around;
}

export interface Died {
  readonly history: readonly Operation[];
  readonly writes: readonly string[];
  readonly died: boolean;
}

/** Opens the stores, acts, and dies at a point of it. */
export async function dieDuring(life: Life, death: Death): Promise<Died> {
  const { acts, point, fromOpening = false, around } = death;
  const real = await life.open();
  const faulty = faultyStores(real, fromOpening ? point : null);
  const journal = memoryJournal("dying");
  try {
    const { oubli } = await openProcess(faulty.stores, life.clock, around ? { around } : {});
    if (!fromOpening) faulty.arm(point);
    const actor = createActor(oubli, journal, faulty.isDead);
    for (const act of acts) await actor.run(act);
    if (!faulty.isDead()) await oubli.close();
  } catch (error) {
    if (!faulty.isDead()) throw error;
  } finally {
    await life.close(real);
  }
  return { history: journal.operations, writes: faulty.writes, died: faulty.isDead() };
}

/** Opens what is left, as another process would, and looks at everything. */
export async function faultsOf(
  { clock, open, close }: Life,
  history: readonly Operation[],
  around?: Around,
): Promise<readonly string[]> {
  clock.advance(LEASES_OVER_MS);
  const stores = await open();
  const { oubli } = await openProcess(stores, clock, around ? { around } : {});
  const faults = await checkRegion({ oubli, stores }, clock, history);
  await oubli.close();
  await close(stores);
  return faults;
}
