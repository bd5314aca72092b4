import type { DestructionEvidence, EpochRow, NewEpoch } from "#keys";

import { settleCommits } from "./commits-on-their-way.ts";
import { EVERY_SUBJECT, type Call, type Database } from "./database.ts";

/** Answers a row if it is the active one, which it is until the commit. */
export const lockActive = (epoch: number): Call => ({
  text: "SELECT 1 AS held WHERE hold_epoch($1)",
  values: [epoch],
});

/** How long a commit over several nodes may be on its way. */
const SETTLE_MS = 800;

/** Epochs, what is still under one, and how far the ledger was followed. */
export function keyEpochs(database: Database, schema: string) {
  return {
    async epochs(): Promise<readonly EpochRow[]> {
      const text = `
        SELECT region, epoch, provider, state, directory_keys AS "directoryKeys", evidence
        FROM epoch_key ORDER BY epoch`;
      return database.read<EpochRow>(EVERY_SUBJECT, { text, values: [] });
    },

    async beginEpoch(next: NewEpoch): Promise<"begun" | "epoch-changed"> {
      const { region, epoch, provider, directoryKeys, replaces } = next;
      const text = "SELECT begin_epoch($1, $2, $3, $4, $5) AS begun";
      const values = [region, epoch, provider, directoryKeys, replaces];
      const [rows] = await database.write(EVERY_SUBJECT, [{ text, values }]);
      return rows![0]!["begun"] === true ? "begun" : "epoch-changed";
    },

    async endEpoch(
      epoch: number,
      evidence: DestructionEvidence,
    ): Promise<"ended" | "not-retiring"> {
      const text = `
        UPDATE epoch_key SET state = 'destroyed', directory_keys = NULL, evidence = $2
        WHERE epoch = $1 AND state = 'retiring' RETURNING epoch`;
      const values = [epoch, JSON.stringify(evidence)];
      const [rows] = await database.write(EVERY_SUBJECT, [{ text, values }]);
      return rows!.length === 1 ? "ended" : "not-retiring";
    },

    /** On a cluster, a commit that a node does not know of yet may hold some, and counts as one. */
    async rowsUnder(epoch: number): Promise<number> {
      const ask = <R>(asked: string) =>
        database.read<R>(EVERY_SUBJECT, { text: asked, values: [] });
      const late = (await database.onNodes(schema)) ? await settleCommits(ask, SETTLE_MS) : 0;
      const text = `
        SELECT (SELECT count(*) FROM directory WHERE epoch = $1)
          + (SELECT count(*) FROM subject_key WHERE epoch = $1)
          + (SELECT count(*) FROM evidence_key WHERE epoch = $1)
          + (SELECT count(*) FROM tag_key WHERE epoch = $1)
          + (SELECT count(*) FROM case_key WHERE epoch = $1) AS count`;
      const [row] = await database.read<{ count: number }>(EVERY_SUBJECT, {
        text,
        values: [epoch],
      });
      return row!.count + late;
    },

    async appliedLedgerIndex(): Promise<number> {
      const text = "SELECT ledger_index AS index FROM applied";
      const [row] = await database.read<{ index: number }>(EVERY_SUBJECT, { text, values: [] });
      return row!.index;
    },

    async setAppliedLedgerIndex(index: number): Promise<void> {
      const text = "UPDATE applied SET ledger_index = $1 WHERE ledger_index < $1";
      await database.write(EVERY_SUBJECT, [{ text, values: [index] }]);
    },
  };
}
