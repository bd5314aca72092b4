import type { KeyObject } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

import type { CaseId, SubjectId } from "#kernel";

import { directoryRow, openExternalId } from "./directory.ts";
import type {
  CaseKeyRow,
  DirectoryRow,
  EvidenceKeyRow,
  Page,
  Rewrapped,
  TagKeyRow,
} from "./key-store.ts";
import type { RotationProgress } from "./keyring.ts";
import type { Move } from "./rotation.ts";
import { unwrapBytes, wrap, type WrapPlace } from "./wrap.ts";

/** Rows that one transaction moves: a few milliseconds of the write lock. */
const ROWS_PER_BATCH = 500;

/** Gives every directory row a look-up and a seal under the new directory keys. */
export async function moveDirectory(move: Move): Promise<void> {
  const { store, region, from, to } = move;
  await inBatches<DirectoryRow, SubjectId>({
    read: (page) => store.directoryRowsUnder(from.epoch, page),
    cursor: ({ subject }) => subject,
    write: (rows) => {
      const moves = opened(move, rows, (row) => {
        const externalId = openExternalId(from, region, row);
        const { tenant, subject } = row;
        return { from: row, to: directoryRow(to, region, { tenant, externalId, subject }) };
      });
      return move.durably("keys.rotate.directory", () => store.moveDirectoryRows(moves));
    },
    done: (done) => move.onProgress({ step: "directory", done }),
  });
}

export async function moveEvidenceKeys(move: Move): Promise<void> {
  const { store, places, from } = move;
  await inBatches<EvidenceKeyRow, SubjectId>({
    read: (page) => store.evidenceKeysUnder(from.epoch, page),
    cursor: ({ subject }) => subject,
    write: (rows) => {
      const moves = opened(move, rows, ({ subject, tenant, wrapped }) => {
        const place = (epoch: number) => places.evidenceKey(epoch, subject, tenant);
        return { subject, ...rewrap(move, place, wrapped) };
      });
      return move.durably("keys.rotate.evidence", () => store.rewrapEvidenceKeys(moves));
    },
    done: (done) => move.onProgress({ step: "evidence", done }),
  });
}

export async function moveTagKeys(move: Move): Promise<void> {
  const { store, places, from } = move;
  await inBatches<TagKeyRow, string>({
    read: (page) => store.tagKeysUnder(from.epoch, page),
    cursor: ({ tenant }) => tenant,
    write: (rows) => {
      const moves = opened(move, rows, ({ tenant, wrapped }) => {
        const place = (epoch: number) => places.tagKey(epoch, tenant);
        return { tenant, ...rewrap(move, place, wrapped) };
      });
      return move.durably("keys.rotate.tags", () => store.rewrapTagKeys(moves));
    },
    done: (done) => move.onProgress({ step: "tags", done }),
  });
}

export async function moveCaseKeys(move: Move): Promise<void> {
  const { store, places, from } = move;
  await inBatches<CaseKeyRow, CaseId>({
    read: (page) => store.caseKeysUnder(from.epoch, page),
    cursor: ({ id }) => id,
    write: (rows) => {
      const moves = opened(move, rows, ({ id, tenant, wrapped }) => {
        const place = (epoch: number) => places.caseKey(epoch, id, tenant);
        return { id, ...rewrap(move, place, wrapped) };
      });
      return move.durably("keys.rotate.cases", () => store.rewrapCaseKeys(moves));
    },
    done: (done) => move.onProgress({ step: "cases", done }),
  });
}

/** The rows of a batch that open, as `make` moves them; the others are counted, and stay. */
export function opened<Row extends object, Made extends object>(
  { damage }: Move,
  rows: readonly Row[],
  make: (row: Row) => Made,
): Made[] {
  return rows.flatMap((row) => {
    const subject = "subject" in row ? (row.subject as SubjectId) : null;
    return damage.skip(subject, () => make(row)) ?? [];
  });
}

interface RootPair {
  readonly from: { readonly epoch: number; readonly rootKey: KeyObject };
  readonly to: { readonly epoch: number; readonly rootKey: KeyObject };
}

/** The same key under the new root key. */
export function rewrap(
  { from, to }: RootPair,
  place: (epoch: number) => WrapPlace,
  wrapped: Uint8Array,
): Rewrapped {
  const bytes = unwrapBytes(from.rootKey, place(from.epoch), wrapped);
  const anew = wrap(to.rootKey, place(to.epoch), bytes);
  bytes.fill(0);
  return { from: from.epoch, to: to.epoch, wrapped: anew };
}

export interface Batches<Row, Cursor> {
  read(page: Page<Cursor>): Promise<readonly Row[]>;
  cursor(row: Row): Cursor;
  write(rows: readonly Row[]): Promise<unknown>;
  done(rows: RotationProgress["done"]): void;
}

/** One pass over the rows; between two batches, other work of this process gets its turn. */
export async function inBatches<Row, Cursor>(batches: Batches<Row, Cursor>): Promise<void> {
  let after: Cursor | null = null;
  let done = 0;
  for (;;) {
    const rows: readonly Row[] = await batches.read({ after, limit: ROWS_PER_BATCH });
    const last = rows.at(-1);
    if (last === undefined) return;
    await batches.write(rows);
    after = batches.cursor(last);
    done += rows.length;
    batches.done(done);
    await turn();
  }
}
