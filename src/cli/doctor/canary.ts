import { randomBytes } from "node:crypto";

import { accessLogOf } from "#audit";
import type { Oubli, Session, Subject } from "#engine";
import { isOubliError, LIMITS, word, type NodeId } from "#kernel";
import { isSpecial, type Policy } from "#policy";

import type { Opened } from "../open.ts";
import { textNeedle, type Needle } from "./residue.ts";

/** In every canary of every run: one that an earlier run left behind is found too. */
const MARK = "oublicanary";

/** A controller of their own: no other system, whose people are its controller's, is asked about them. */
export const CANARY_TENANT = "self-check";

/** A purpose under which a canary can be remembered and recalled, whatever the policy is. */
export interface CanaryPlace {
  readonly purpose: string;
  readonly category: string;
}

/** A person who is none, with memories that say nothing. */
export interface Canary {
  readonly subject: Subject;
  readonly chat: Session;
  /** What was remembered, in order: two that stay, one that expires soon, one made from both. */
  readonly nodes: readonly [NodeId, NodeId, NodeId, NodeId];
  readonly contents: readonly [string, string];
  readonly query: string;
  readonly expiresAt: number;
  readonly needles: readonly Needle[];
  /** Releases that this canary's log must hold, one entry each. */
  releases: number;
}

/** How long the expiring memory lives: longer than remembering it takes. */
const LIFE_MS = 400;

/** Recalls of a canary ask for few; a purpose that gives fewer is no use here. */
const NODES_MIN = 4;

/** @returns `null` when the policy has no purpose that the command line's roles may use. */
export function placeIn({ purposes }: Policy): CanaryPlace | null {
  for (const [purpose, { basis, categories, roles, maxNodes, relevanceFloor }] of Object.entries(
    purposes,
  )) {
    const open = roles === null || roles.includes(word("app"));
    if (basis === null || !open || maxNodes < NODES_MIN || relevanceFloor > 0) continue;
    const category = categories?.find((id) => !isSpecial(id)) ?? categories?.[0];
    if (category !== undefined) return { purpose, category };
  }
  return null;
}

/** Registers a canary, and remembers for it in every field that a caller can fill. */
export async function plant(
  oubli: Oubli,
  { purpose, category }: CanaryPlace,
  now: () => number,
): Promise<Canary> {
  const tokens = new Map<string, string>();
  const token = (field: string): string => {
    const made = `${MARK}${field}${randomBytes(10).toString("hex")}`;
    tokens.set(field, made);
    return made;
  };
  const contents = [
    `The canary “${token("first")}” sings at dawn, naïvely.`,
    `A cage is no home for ${token("second")}, said the cat.`,
  ] as const;
  const subject = await oubli.subject(token("name"));
  const given = { purpose, policyVersion: "v1", mechanism: "self-check", explicit: true };
  await subject.consent.grant({ ...given, userAgent: token("agent") });
  const chat = subject.session({ purpose, thread: token("thread") });
  const common = { role: "user", category: category as "other" } as const;
  const { nodes } = await chat.remember([
    {
      ...common,
      content: contents[0],
      speaker: token("speaker"),
      source: { system: "doctor", event: token("event") },
    },
    { ...common, content: contents[1] },
  ]);
  // From here: the way to a server may be longer than such a life.
  const expiresAt = now() + LIFE_MS;
  const short = await chat.remember(`Soon gone: ${token("expiring")}`, {
    category: common.category,
    expiresAt,
  });
  const made = await chat.derive(nodes, () => `Both told of ${token("derived")}.`);
  const query = `Who sings? ${token("query")} ${tokens.get("first")!} ${tokens.get("second")!}`;
  return {
    subject,
    chat,
    nodes: [nodes[0]!, nodes[1]!, short.nodes[0]!, made.nodes[0]!],
    contents,
    query,
    expiresAt,
    needles: [
      ...[...tokens].map(([field, text]) => textNeedle(field, text)),
      textNeedle("content", contents[0]),
      textNeedle("mark", MARK),
    ],
    // A derivation reads its sources, and says so.
    releases: 1,
  };
}

export async function recallAll(canary: Canary, chat: Session = canary.chat) {
  const found = await chat.recall(canary.query, { limit: NODES_MIN });
  canary.releases += 1;
  return found;
}

/** How many entries of some types a canary has in its access log. */
export async function logged(
  { stores }: Pick<Opened, "stores">,
  { subject }: Pick<Canary, "subject">,
  types: readonly string[],
): Promise<number> {
  const log = accessLogOf(subject.id, stores.audit.logs);
  const range = { from: 0, limit: LIMITS.entryBytesMax, subject: subject.id };
  const entries = await stores.audit.entries(log, range);
  return entries.filter(({ type }) => types.includes(type)).length;
}

/** Takes a canary away, whatever state it is in. */
export async function remove({ subject }: Pick<Canary, "subject">): Promise<void> {
  for (const { id } of await subject.holds()) await subject.release(id);
  await subject.erase().catch((error: unknown) => {
    if (!isOubliError(error, "ZERO_SCOPE") && !isOubliError(error, "SUBJECT_ERASED")) throw error;
  });
}
