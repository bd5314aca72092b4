import type { KeyObject } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

import type { SubjectId } from "#kernel";

import { keyName } from "./key-names.ts";
import type { NodeKeyRow, SubjectKeyReplacement, SubjectKeyRow } from "./key-store.ts";
import { inBatches, opened, rewrap } from "./rotation-rows.ts";
import type { Move } from "./rotation.ts";
import { intoKey, newKeyBytes, unwrap, unwrapBytes, wrap } from "./wrap.ts";

/** Subjects whose keys are replaced at once: they share a commit. */
const REPLACED_AT_ONCE = 16;

/** Tries that wrap ahead of the lock: one for all of the keys, the others for what came meanwhile. */
const TRIES_AHEAD = 3;

/** Node keys re-wrapped before other work of this process gets its turn: some 10 ms. */
const KEYS_PER_TURN = 1000;

type Replaced = SubjectKeyReplacement["nodes"][number];

/**
 * Moves subject keys: a clean one is re-wrapped under the new root key, a dirty one is replaced,
 * because older copies hold it beside node keys that were shredded since.
 *
 * @returns how many this call moved.
 */
export async function moveSubjectKeys(move: Move): Promise<number> {
  const { store, from, onProgress } = move;
  let moved = 0;
  await inBatches<SubjectKeyRow, SubjectId>({
    read: (page) => store.subjectKeysUnder(from.epoch, page),
    cursor: ({ subject }) => subject,
    write: async (rows) => {
      moved += await rewrapClean(
        move,
        rows.filter(({ dirty }) => !dirty),
      );
      moved += await replaceDirty(
        move,
        rows.filter(({ dirty }) => dirty),
      );
    },
    done: (done) => onProgress({ step: "subjects", done }),
  });
  return moved;
}

async function rewrapClean(move: Move, rows: readonly SubjectKeyRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { store, places, durably } = move;
  const moves = opened(move, rows, (row) => {
    const { subject, version, wrapped } = row;
    const place = (epoch: number) => places.subjectKey(epoch, row);
    return { subject, version, ...rewrap(move, place, wrapped) };
  });
  return durably("keys.rotate.subjects", () => store.rewrapSubjectKeys(moves));
}

async function replaceDirty(move: Move, rows: readonly SubjectKeyRow[]): Promise<number> {
  let replaced = 0;
  for (let at = 0; at < rows.length; at += REPLACED_AT_ONCE) {
    const together = rows.slice(at, at + REPLACED_AT_ONCE);
    const outcomes = await Promise.all(
      together.map((row) => move.damage.skipLater(row.subject, () => replaceSubjectKey(move, row))),
    );
    replaced += outcomes.filter(Boolean).length;
    await turn();
  }
  return replaced;
}

/**
 * A new key for one subject, and its surviving node keys under it, in one transaction.
 *
 * The wrapping is done before, outside the write lock; the transaction takes it only if every
 * node key in the table is in the list as it was read. One that was minted meanwhile makes it
 * start again, with only that one left to wrap; one that was shredded is simply not there.
 *
 * Beside a writer that never stops there would be one at every try. So the last try wraps what it
 * finds behind the lock, where nothing is minted: as many as came since the try before, a moment's
 * worth.
 *
 * @returns false when another process replaced, moved or erased the subject's key first.
 */
async function replaceSubjectKey(move: Move, row: SubjectKeyRow): Promise<boolean> {
  const { store, places, from, to, durably } = move;
  const { subject, version } = row;
  const oldKey = unwrap(from.rootKey, places.subjectKey(from.epoch, row), row.wrapped);
  const bytes = newKeyBytes();
  const place = places.subjectKey(to.epoch, { ...row, version: version + 1 });
  const wrapped = wrap(to.rootKey, place, bytes);
  const keys = { old: oldKey, next: intoKey(bytes) };

  const rewrapOne = rewrapperOf(move, row, keys);
  let nodes: ReadonlyMap<string, Replaced> = new Map();
  for (let tries = 0; ; tries += 1) {
    const found = await store.nodeKeys(subject);
    if (found?.subjectKey.version !== version) return false;
    nodes = await rewrapNodeKeys(found.nodes, nodes, rewrapOne);
    const outcome = await durably("keys.rotate.subject", () =>
      store.replaceSubjectKey({
        subject,
        version,
        from: from.epoch,
        to: to.epoch,
        wrapped,
        nodes: [...nodes.values()],
        ...(tries < TRIES_AHEAD ? {} : { wrapLate: rewrapOne }),
      }),
    );
    if (outcome !== "node-keys-added") return outcome === "replaced";
  }
}

interface SubjectKeys {
  readonly old: KeyObject;
  readonly next: KeyObject;
}

type RewrapOne = (row: NodeKeyRow) => Uint8Array;

function rewrapperOf(
  { places }: Move,
  { subject, version }: SubjectKeyRow,
  { old, next }: SubjectKeys,
): RewrapOne {
  return (row) => {
    const bytes = unwrapBytes(old, places.nodeKey(subject, version, row), row.wrapped);
    const wrapped = wrap(next, places.nodeKey(subject, version + 1, row), bytes);
    bytes.fill(0);
    return wrapped;
  };
}

/** @param before What an earlier try wrapped already. */
async function rewrapNodeKeys(
  rows: readonly NodeKeyRow[],
  before: ReadonlyMap<string, Replaced>,
  rewrapOne: RewrapOne,
): Promise<ReadonlyMap<string, Replaced>> {
  const moved = new Map<string, Replaced>();
  for (const old of rows) {
    const name = keyName(old);
    const known = before.get(name);
    const isKnown = known !== undefined && Buffer.compare(known.old.wrapped, old.wrapped) === 0;
    moved.set(name, isKnown ? known : { old, wrapped: rewrapOne(old) });
    if (!isKnown && moved.size % KEYS_PER_TURN === 0) await turn();
  }
  return moved;
}
