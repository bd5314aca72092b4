import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

import { OubliError, type Clock, type SubjectId } from "#kernel";

import type { Durably } from "./faults.ts";
import { keyName, type WrapPlaces } from "./key-names.ts";
import type { KeyStore, NewNodeKey, NodeKeyRef } from "./key-store.ts";
import type { Keyring } from "./keyring.ts";
import type { SubjectKey, SubjectKeys } from "./subject-keys.ts";
import { intoKey, newKeyBytes, unwrap, wrap } from "./wrap.ts";

export interface NodeKeysOptions {
  readonly store: KeyStore;
  readonly subjectKeys: SubjectKeys;
  readonly clock: Clock;
  readonly places: WrapPlaces;
  readonly durably: Durably;
}

/** How often a mint or a read starts again because a rotation replaced the subject's key. */
const TRIES_MAX = 8;

/** Keys unwrapped before other work of this process gets its turn: some 5 ms. */
const KEYS_PER_TURN = 1000;

/** Mints, unwraps and drops node keys. */
export function nodeKeysOf(
  options: NodeKeysOptions,
): Pick<Keyring, "newNodeKeys" | "mintNodeKeys" | "nodeKeys" | "liveRefs" | "dropNodeKeys"> {
  const { store, durably } = options;
  return {
    newNodeKeys: (subject, refs) => make(options, subject, refs),
    mintNodeKeys: (subject, refs) => mint(options, subject, refs),
    nodeKeys: (subject, refs) => read(options, subject, refs),
    liveRefs: (subject, mintedBefore) => store.liveRefs(subject, mintedBefore),
    dropNodeKeys: (subject, refs) => durably("keys.drop", () => store.dropNodeKeys(subject, refs)),
  };
}

async function make(
  options: NodeKeysOptions,
  subject: SubjectId,
  refs: readonly NodeKeyRef[],
): ReturnType<Keyring["newNodeKeys"]> {
  assert.equal(new Set(refs.map(keyName)).size, refs.length, "one key for each revision");
  const subjectKey = await options.subjectKeys.of(subject);
  if (subjectKey === null) return null;
  const made = refs.map((ref) => newNodeKey(options, subject, subjectKey, ref));
  const rows = made.map(({ row }) => row);
  const minted = { subject, version: subjectKey.version, at: options.clock.now(), rows };
  return { keys: made.map(({ key }) => key), minted };
}

async function mint(
  options: NodeKeysOptions,
  subject: SubjectId,
  refs: readonly NodeKeyRef[],
): Promise<KeyObject[]> {
  const { store, subjectKeys, durably } = options;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const made = await make(options, subject, refs);
    if (made === null) throw await refusal(store, subject, "subject-unknown");
    const { version, at, rows } = made.minted;
    const outcome = await durably("keys.mint", () =>
      store.insertNodeKeys(subject, version, at, rows),
    );
    if (outcome === "inserted") return made.keys;
    subjectKeys.forget(subject);
    if (outcome !== "subject-key-changed") throw await refusal(store, subject, outcome);
  }
  throw new OubliError("CONFLICT", { subject });
}

function newNodeKey(
  { places }: NodeKeysOptions,
  subject: SubjectId,
  { key: parent, version }: SubjectKey,
  ref: NodeKeyRef,
): { readonly row: NewNodeKey; readonly key: KeyObject } {
  const bytes = newKeyBytes();
  const wrapped = wrap(parent, places.nodeKey(subject, version, ref), bytes);
  return { row: { node: ref.node, revision: ref.revision, wrapped }, key: intoKey(bytes) };
}

/** Never had a key, and erased, are different answers: an import must not undo an erasure. */
async function refusal(
  store: KeyStore,
  subject: SubjectId,
  outcome: "fenced" | "present" | "subject-unknown",
): Promise<OubliError> {
  if (outcome === "present") return new OubliError("CONFLICT", { subject });
  const fences = await store.fences(subject);
  if (fences.some(({ key }) => key === "*")) return new OubliError("SUBJECT_ERASED", { subject });
  return new OubliError(outcome === "fenced" ? "KEY_SHREDDED" : "NOT_FOUND", { subject });
}

async function read(
  options: NodeKeysOptions,
  subject: SubjectId,
  refs?: readonly NodeKeyRef[],
): Promise<ReadonlyMap<string, KeyObject>> {
  const { store, subjectKeys, places } = options;
  const keys = new Map<string, KeyObject>();
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await store.nodeKeys(subject, refs);
    if (found === null) return keys;
    const { version } = found.subjectKey;
    const subjectKey = await subjectKeys.fromRow(found.subjectKey);
    if (subjectKey?.version !== version) continue;
    for (const row of found.nodes) {
      const place = places.nodeKey(subject, version, row);
      keys.set(keyName(row), unwrap(subjectKey.key, place, row.wrapped));
      if (keys.size % KEYS_PER_TURN === 0) await turn();
    }
    return keys;
  }
  throw new OubliError("CONFLICT", { subject });
}
