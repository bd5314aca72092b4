import type { DatabaseSync } from "node:sqlite";

import type { DestructionEvidence, EpochRow, NewEpoch } from "#keys";

/** Epochs, and what is still under one. Call from inside a transaction. */
export function keyEpochStatements(sql: DatabaseSync) {
  const selectEpochs = sql.prepare(`
    SELECT region, epoch, provider, state, directory_keys AS directoryKeys, evidence
    FROM epoch_key ORDER BY epoch`);
  const selectLive = sql.prepare(
    "SELECT epoch FROM epoch_key WHERE state = ? ORDER BY epoch DESC LIMIT 1",
  );
  const retire = sql.prepare(
    "UPDATE epoch_key SET state = 'retiring' WHERE epoch = ? AND state = 'active'",
  );
  const insert = sql.prepare("INSERT INTO epoch_key VALUES (?, ?, ?, 'active', ?, NULL)");
  const end = sql.prepare(`
    UPDATE epoch_key SET state = 'destroyed', directory_keys = NULL, evidence = ?
    WHERE epoch = ? AND state = 'retiring'`);
  const rowsUnder = sql.prepare(`
    SELECT (SELECT count(*) FROM directory WHERE epoch = ?1)
      + (SELECT count(*) FROM subject_key WHERE epoch = ?1)
      + (SELECT count(*) FROM evidence_key WHERE epoch = ?1)
      + (SELECT count(*) FROM tag_key WHERE epoch = ?1)
      + (SELECT count(*) FROM case_key WHERE epoch = ?1) AS count`);
  const selectApplied = sql.prepare("SELECT ledger_index AS count FROM applied");
  const updateApplied = sql.prepare("UPDATE applied SET ledger_index = max(ledger_index, ?)");

  const live = (state: "active" | "retiring"): number | null =>
    (selectLive.get(state) as { epoch: number } | undefined)?.epoch ?? null;
  const active = (): number | null => live("active");

  return {
    /** The active epoch; `null` in a new database. */
    active,
    isActive: (epoch: number): boolean => active() === epoch,
    all: (): EpochRow[] => selectEpochs.all().map(asRow),
    begin(next: NewEpoch): "begun" | "epoch-changed" {
      if (active() !== next.replaces || live("retiring") !== null) return "epoch-changed";
      if (next.replaces !== null) retire.run(next.replaces);
      insert.run(next.region, next.epoch, next.provider, next.directoryKeys);
      return "begun";
    },
    end: (epoch: number, evidence: DestructionEvidence): "ended" | "not-retiring" =>
      end.run(JSON.stringify(evidence), epoch).changes === 1 ? "ended" : "not-retiring",
    rowsUnder: (epoch: number): number => (rowsUnder.get(epoch) as { count: number }).count,
    applied: (): number => (selectApplied.get() as { count: number }).count,
    setApplied: (index: number): void => void updateApplied.run(index),
  };
}

export type KeyEpochStatements = ReturnType<typeof keyEpochStatements>;

function asRow(row: unknown): EpochRow {
  const { region, epoch, provider, state, directoryKeys, evidence } = row as Omit<
    EpochRow,
    "evidence"
  > & {
    readonly evidence: string | null;
  };
  return {
    region,
    epoch,
    provider,
    state,
    directoryKeys,
    evidence: evidence === null ? null : (JSON.parse(evidence) as DestructionEvidence),
  };
}
