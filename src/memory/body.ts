import type { KeyObject } from "node:crypto";

import {
  canonicalBytes,
  utf8Text,
  type EpochMs,
  type NodeId,
  type SubjectId,
  type Word,
} from "#kernel";
import { open, seal } from "#keys";

import { vectorBytes, vectorOf } from "./embedder.ts";
import type { NodeBody, NodeRow, OpenNode } from "./node.ts";

/** Where a node's fields are sealed: they open nowhere else. */
export interface BodyPlace {
  readonly tenant: Word;
  readonly region: Word;
  readonly subject: SubjectId;
  readonly node: NodeId;
  readonly revision: number;
}

export function sealBody(key: KeyObject, place: BodyPlace, body: NodeBody): Uint8Array {
  const { content, role, speaker, metadata, source, saidAt } = body;
  const bytes = canonicalBytes({
    content,
    ...(role === null ? {} : { role }),
    ...(speaker === null ? {} : { speaker }),
    ...(metadata === null ? {} : { metadata }),
    ...(source === null ? {} : { source: { ...source } }),
    ...(saidAt === null ? {} : { saidAt }),
  });
  return seal(key, { ...place, field: "body" }, bytes);
}

export function sealVector(key: KeyObject, place: BodyPlace, vector: Float32Array): Uint8Array {
  return seal(key, { ...place, field: "embedding" }, vectorBytes(vector));
}

/** @throws {OubliError} `SEAL_BROKEN` when the row was changed or moved. */
export function openRow(
  key: KeyObject,
  { tenant, region }: { readonly tenant: Word; readonly region: Word },
  row: NodeRow,
): OpenNode {
  const { body: sealed, embedding, replayTag: _, ...meta } = row;
  const place = { tenant, region, subject: row.subject, node: row.node, revision: row.revision };
  const body = JSON.parse(
    utf8Text(open(key, { ...place, field: "body" }, sealed)),
  ) as Partial<NodeBody>;
  const vector = embedding && vectorOf(open(key, { ...place, field: "embedding" }, embedding));
  return {
    ...meta,
    content: body.content ?? "",
    role: body.role ?? null,
    speaker: body.speaker ?? null,
    metadata: body.metadata ?? null,
    source: body.source ?? null,
    saidAt: (body.saidAt ?? null) as EpochMs | null,
    vector,
  };
}
