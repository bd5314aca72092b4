import { tryReadEntry } from "#audit";
import { lastNarrowing } from "#erasure";
import { DAY_MS } from "#kernel";

import { found, notChecked, type Control } from "../control.ts";

/** A rotation that was interrupted goes on within a day. */
const RETIRING_MS = DAY_MS;

/** How far they are is noted by each sweep, and what is newer is not noted yet. */
const NOTED_MS = DAY_MS;

/** Keys, and how far databases have followed the ledger. */
export const KEY_CONTROLS: readonly Control[] = [
  {
    control: "databases-follow-the-ledger",
    rows: ["A7"],
    title: "Keys and memories have done everything that the ledger narrowed",
    async probe({ world }) {
      const { size } = await world.audit.store.head("ledger");
      const oldest = await world.audit.store.oldestPending();
      const before = world.clock.now() - NOTED_MS;
      const narrowed = await lastNarrowing(world.audit.store, { before });
      const last = Math.min(narrowed, (oldest ?? size) - 1);
      const keys = await world.keyring.appliedLedgerIndex();
      const memory = await world.store.appliedLedgerIndex();
      return found(
        Math.min(keys, memory) >= last,
        "Each was compared with the newest erasure of before.",
        {
          ledger: size,
          lastErasure: last,
          keys,
          memory,
        },
      );
    },
  },
  {
    control: "epochs-end",
    rows: ["A7"],
    title: "No key epoch is kept from its end",
    async probe({ world }) {
      const epochs = await world.keyring.epochs();
      const retiring = epochs.filter(({ state }) => state === "retiring");
      const entry = await world.audit.store.lastEntry("ledger", "key.epoch");
      const last = tryReadEntry(entry?.bytes ?? null);
      const stuck = retiring.some(({ epoch }) => last?.["from"] === epoch);
      const old = retiring.length > 0 && (entry?.ts ?? 0) < world.clock.now() - RETIRING_MS;
      return found(!stuck && !(old && entry !== null), "The states of all epochs were read.", {
        active: epochs.find(({ state }) => state === "active")?.epoch ?? null,
        retiring: retiring.length,
        destroyed: epochs.filter(({ state }) => state === "destroyed").length,
      });
    },
  },
  {
    control: "destroyed-epochs-have-evidence",
    rows: ["A5", "A7"],
    title: "Every epoch that ended has the evidence of its root key's destruction",
    async probe({ world }) {
      const epochs = await world.keyring.epochs();
      const destroyed = epochs.filter(({ state }) => state === "destroyed");
      if (destroyed.length === 0) return notChecked("No epoch has ended yet.");
      const bare = destroyed.filter((one) => one.evidence === null || one.directoryKeys !== null);
      return found(bare.length === 0, "Each was looked at.", {
        destroyed: destroyed.length,
        withoutEvidence: bare.length,
      });
    },
  },
];
