import assert from "node:assert/strict";

import { OubliError } from "#kernel";

import { DamageCount } from "./damaged-rows.ts";
import type { Epochs, LiveEpoch } from "./epochs.ts";
import type { Durably } from "./faults.ts";
import type { WrapPlaces } from "./key-names.ts";
import type { KeyStore } from "./key-store.ts";
import type { DamagedRows, Rotation, RotationProgress } from "./keyring.ts";
import { moveCaseKeys, moveDirectory, moveEvidenceKeys, moveTagKeys } from "./rotation-rows.ts";
import { moveSubjectKeys } from "./rotation-subjects.ts";
import type { DestructionEvidence, RootProvider } from "./root-provider.ts";

export interface RotationOptions {
  readonly store: KeyStore;
  readonly root: RootProvider;
  readonly epochs: Epochs;
  readonly region: string;
  readonly places: WrapPlaces;
  readonly durably: Durably;
  readonly onProgress: (progress: RotationProgress) => void;
}

/** One move of rows from an epoch that retires to the active one. */
export interface Move extends RotationOptions {
  readonly from: LiveEpoch;
  readonly to: LiveEpoch;
  readonly damage: DamageCount;
}

/** Passes over the rows: each leaves behind only what other processes changed under it. */
const PASSES_MAX = 100;

/**
 * Ends one epoch. Each turn reads how far it came, so that a crash, or another process that does
 * the same, changes who does the next step and nothing else:
 *
 * active → (new root and directory keys) → retiring → (every row moved) → empty → destroyed.
 *
 * A row that does not open cannot be moved: it stays where it is, and the epoch retires on, until
 * the row is erased. Its root key is not destroyed, so nothing under it is called final.
 *
 * A row is inserted only under the active epoch, so a retiring epoch that is empty stays empty:
 * only then is its root key destroyed.
 *
 * @throws {OubliError} `CONFLICT` when other processes kept changing rows. Retryable.
 */
export async function rotate(options: RotationOptions): Promise<Rotation> {
  const { store, epochs } = options;
  const first = await store.epochs();
  const ending =
    first.find(({ state }) => state === "retiring") ??
    first.find(({ state }) => state === "active");
  assert.ok(ending, "a keyring that is open has an epoch");
  const from = ending.epoch;

  let subjects = 0;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const rows = await store.epochs();
    const row = rows.find(({ epoch }) => epoch === from)!;
    if (row.state === "destroyed") {
      epochs.clear();
      const to = rows.find(({ state }) => state === "active")!.epoch;
      const strays = await straysOf(options);
      return { from, to, subjects, evidence: row.evidence!, damaged: NO_DAMAGE, strays };
    }
    if (row.state === "active") {
      await epochs.begin(from);
    } else if ((await store.rowsUnder(from)) > 0) {
      const moved = await moveRows(options, from);
      subjects += moved.subjects;
      const { damaged } = moved;
      // More rows than that are others', who changed them under this pass: the next one moves them.
      if (damaged.rows > 0 && (await store.rowsUnder(from)) <= damaged.rows) {
        const to = rows.find(({ state }) => state === "active")!.epoch;
        return { from, to, subjects, evidence: null, damaged, strays: await straysOf(options) };
      }
    } else {
      await end(options, from);
    }
  }
  throw new OubliError("CONFLICT", { epoch: from });
}

const NO_DAMAGE: DamagedRows = { rows: 0, subjects: [] };

async function moveRows(
  options: RotationOptions,
  epoch: number,
): Promise<{ readonly subjects: number; readonly damaged: DamagedRows }> {
  const live = await options.epochs.refresh();
  const from = live.find((one) => one.epoch === epoch);
  const to = live[0];
  if (from === undefined || to === undefined || to === from) {
    return { subjects: 0, damaged: NO_DAMAGE }; // Ended by another process.
  }
  const damage = new DamageCount();
  const move = { ...options, from, to, damage };
  await moveDirectory(move);
  const subjects = await moveSubjectKeys(move);
  await moveEvidenceKeys(move);
  await moveTagKeys(move);
  await moveCaseKeys(move);
  return { subjects, damaged: damage.result() };
}

async function end({ store, root, durably }: RotationOptions, epoch: number): Promise<void> {
  const evidence: DestructionEvidence = await durably("keys.rotate.destroy", () =>
    root.destroy(epoch),
  );
  await durably("keys.rotate.end", () => store.endEpoch(epoch, evidence));
}

async function straysOf({ store, root }: RotationOptions): Promise<number[]> {
  const own = new Set((await store.epochs()).map(({ epoch }) => epoch));
  return (await root.epochs()).filter((epoch) => !own.has(epoch));
}
