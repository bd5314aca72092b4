import type { SubjectId } from "#kernel";
import type { NodeMeta, NodeRow } from "#memory";

import type { Row } from "./database.ts";

/** What {@link readMeta} reads. Lists of words come as one text: few differ, and many rows have them. */
export const META = `node.node_id AS node, node.revision, node.kind, node.category,
  array_to_string(node.categories, ',') AS categories,
  array_to_string(node.purposes, ',') AS purposes, node.special, node.phi,
  node.created_at AS "createdAt", node.updated_at AS "updatedAt", node.expires_at AS "expiresAt",
  node.session_id AS session, node.position, node.deriver`;

/**
 * What {@link readRow} reads. What is sealed comes as base64: the driver takes texts only, and
 * bytes would come as twice as many hex digits.
 */
export const ROW = `${META}, node.replay_tag AS "replayTag",
  encode(node.body, 'base64') AS body, encode(node.embedding, 'base64') AS embedding`;

export function readMeta(subject: SubjectId, row: Row): NodeMeta {
  const stored = row as Record<keyof NodeMeta, never> & Record<"categories" | "purposes", string>;
  return {
    subject,
    node: stored.node,
    revision: stored.revision,
    kind: stored.kind,
    category: stored.category,
    categories: words(stored.categories),
    purposes: words(stored.purposes),
    special: stored.special,
    phi: stored.phi,
    createdAt: stored.createdAt,
    updatedAt: stored.updatedAt,
    expiresAt: stored.expiresAt,
    session: stored.session,
    position: stored.position,
    deriver: stored.deriver,
  };
}

interface SealedColumns {
  readonly body: string;
  readonly embedding: string | null;
  readonly replayTag: Buffer | null;
}

export function readRow(subject: SubjectId, row: Row): NodeRow {
  const meta = readMeta(subject, row) as { -readonly [Field in keyof NodeRow]: NodeRow[Field] };
  const { body, embedding, replayTag } = row as unknown as SealedColumns;
  meta.body = fromBase64(body);
  meta.embedding = embedding === null ? null : fromBase64(embedding);
  meta.replayTag = replayTag && plainBytes(replayTag);
  return meta;
}

export const plainBytes = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const fromBase64 = (text: string): Uint8Array => plainBytes(Buffer.from(text, "base64"));

/** Bytes inside JSON or an array, as the server reads them. */
export const hexText = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;

/** A configuration has a few lists of words, and a subject's rows repeat them. */
const WORDS_KEPT_MAX = 1000;
const kept = new Map<string, NodeMeta["categories"]>();

/** No word has a comma in it. */
function words(text: string): NodeMeta["categories"] {
  const known = kept.get(text);
  if (known) return known;
  const list = Object.freeze(text === "" ? [] : text.split(",")) as NodeMeta["categories"];
  if (kept.size >= WORDS_KEPT_MAX) kept.clear();
  kept.set(text, list);
  return list;
}
