import { redo } from "#erasure";
import { OubliError, type Word } from "#kernel";
import type { Policy } from "#policy";

import type { Oubli } from "../oubli.ts";
import type { Peers } from "./peers.ts";
import { openRegion, type Region } from "./region.ts";
import { routed } from "./router.ts";

/**
 * Opens several regions. One that is away is tried again while the others serve.
 *
 * @param peers Gets each region that is open: `open` hands it to `openWith`.
 * @throws {OubliError} `REGION_UNAVAILABLE` when all are away; whatever waiting does not mend.
 */
export async function openRegions(
  policy: Policy,
  names: readonly Word[],
  open: (name: Word) => Promise<Oubli>,
  peers: Peers = new Map(),
): Promise<Oubli> {
  const opened = await Promise.allSettled(names.map((name) => openRegion(name, () => open(name))));
  const regions = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= closeAll(regions));
  try {
    for (const one of opened) if (one.status === "rejected") throw one.reason;
    if (!regions.some(({ isOpen }) => isOpen())) {
      throw new OubliError("REGION_UNAVAILABLE", { regions: names });
    }
  } catch (error) {
    await close();
    throw error;
  }
  await finishTransfers(peers);
  return routed(policy, { regions, peers, close });
}

/** A transfer waits for both of its regions. What fails here is tried again every five seconds. */
async function finishTransfers(peers: Peers): Promise<void> {
  for (const world of peers.values()) await redo(world).catch(() => {});
}

async function closeAll(regions: readonly Region[]): Promise<void> {
  await Promise.all(regions.map((region) => region.close()));
}
