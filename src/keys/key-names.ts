import type { CaseId, SubjectId } from "#kernel";

import type { FencedKey, NodeKeyRef, ShredRef } from "./key-store.ts";
import type { WrapPlace } from "./wrap.ts";

/** A node key's name in {@link Keyring.nodeKeys}: `node_…#1`. */
export function keyName({ node, revision }: NodeKeyRef): `${NodeKeyRef["node"]}#${number}` {
  return `${node}#${revision}`;
}

/** What a fence over this reference is called. */
export function fencedKey({ node, revision }: ShredRef): FencedKey {
  return revision === undefined ? node : keyName({ node, revision });
}

export interface SubjectKeyName {
  readonly subject: SubjectId;
  readonly tenant: string;
  readonly version: number;
}

/** Every wrapping of one region's keys, by what is wrapped. */
export function wrapPlaces(region: string) {
  const underRoot = (epoch: number, child: string): WrapPlace => ({
    parent: `root:${region}`,
    parentVersion: epoch,
    child,
    region,
    epoch,
  });
  return {
    directoryKeys: (epoch: number) => underRoot(epoch, "directory"),
    // Ids have one shape, so no tenant's name can be read as part of the id before it.
    subjectKey: (epoch: number, { subject, tenant, version }: SubjectKeyName) =>
      underRoot(epoch, `subject:${subject}:${version}@${tenant}`),
    evidenceKey: (epoch: number, subject: SubjectId, tenant: string) =>
      underRoot(epoch, `evidence:${subject}@${tenant}`),
    caseKey: (epoch: number, id: CaseId, tenant: string) =>
      underRoot(epoch, `case:${id}@${tenant}`),
    tagKey: (epoch: number, tenant: string) => underRoot(epoch, `tag:${tenant}`),
    nodeKey: (subject: SubjectId, version: number, ref: NodeKeyRef): WrapPlace => ({
      parent: `subject:${subject}`,
      parentVersion: version,
      child: `node:${keyName(ref)}`,
      region,
      epoch: null,
    }),
  };
}

export type WrapPlaces = ReturnType<typeof wrapPlaces>;
