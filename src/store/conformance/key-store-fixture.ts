/** A small household that the rules of the keys database start from. */
import { randomIds, type EpochMs, type SubjectId } from "#kernel";
import type {
  DestructionEvidence,
  KeyStore,
  NewNodeKey,
  NodeKeyRef,
  Shred,
  SubjectKeyReplacement,
} from "#keys";

export const AT = 1_800_000_000_000 as EpochMs;
export const ALL = { after: null, limit: 100 } as const;
export const ada = randomIds.next("subject");
export const ben = randomIds.next("subject");
export const tea = randomIds.next("node");
export const coffee = randomIds.next("node");

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const plain = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
export const shred = (ledgerIndex = 1, subject: SubjectId = ada): Shred => ({
  subject,
  ledgerIndex,
  at: AT,
});
export const key = (node = tea, revision = 1, wrapped = "nk"): NewNodeKey => ({
  node,
  revision,
  wrapped: bytes(wrapped),
});
export const names = (refs: readonly NodeKeyRef[]): string[] =>
  refs.map(({ node, revision }) => `${node}#${revision}`).sort();

export function begin(store: KeyStore, epoch = 1, replaces: number | null = null) {
  const directoryKeys = bytes(`dk-${epoch}`);
  return store.beginEpoch({ region: "eu", epoch, provider: "memory", directoryKeys, replaces });
}

export function register(store: KeyStore, subject: SubjectId, name: string, epoch = 1) {
  return store.registerSubject({
    tenant: "acme",
    subject,
    epoch,
    lookup: bytes(name),
    olderLookups: [],
    sealed: bytes(`sealed-${name}`),
    wrapped: bytes("sk-1"),
  });
}

/** Epoch 1, Ada with two node keys, Ben with one. */
export async function furnish(store: KeyStore): Promise<void> {
  await begin(store);
  await register(store, ada, "ada");
  await register(store, ben, "ben");
  await store.insertNodeKeys(ada, 1, AT, [key(tea), key(coffee)]);
  await store.insertNodeKeys(ben, 1, AT, [key(tea)]);
}

export async function replacement(store: KeyStore): Promise<SubjectKeyReplacement> {
  const { nodes } = (await store.nodeKeys(ada))!;
  return {
    subject: ada,
    version: 1,
    from: 1,
    to: 2,
    wrapped: bytes("sk-2"),
    nodes: nodes.map((old) => ({ old, wrapped: bytes(`${plain(old.wrapped)}-again`) })),
  };
}

export const evidenceOf = (epoch: number): DestructionEvidence => ({
  provider: "memory",
  epoch,
  destroyedAt: AT,
  method: "dropped",
  irreversibleAt: AT,
});
