import type { Step } from "./model.ts";
import { after, D, finished, H, N1 } from "./world.ts";

/**
 * Somebody puts an old memory.db back beneath a running process; then the ledger's narrowing
 * entries are replayed. The change number is never one that was used before.
 */
export const restore: Readonly<Record<string, Step>> = {
  "restore.copy": (world, self) => {
    if (world.gone === 0) return [];
    const copy = { rows: N1 | D | H, fenced: false, restored: true, change: world.change + 1 };
    return [after(world, self, { at: "restore.replay" }, copy)];
  },

  "restore.replay": (world, self) => {
    const rows = world.rows & ~world.banned;
    return [
      finished(world, self, {
        rows,
        fenced: world.keyFenceAll,
        restored: false,
        change: world.change + 1,
      }),
    ];
  },
};
