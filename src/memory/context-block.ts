import type { Logged } from "#audit";
import type { Use } from "#policy";

import type { OpenNode } from "./node.ts";
import { asTold } from "./order.ts";

/** One token is about four bytes of English; other scripts take more, so bytes are counted. */
const BYTES_PER_TOKEN = 4;

const HOW: Readonly<Record<Use, string>> = {
  quote: "You may refer to these memories.",
  inform: "Let these memories inform your answer; do not quote or mention them.",
  withhold: "",
};

interface BlockOptions extends Logged {
  readonly tokens: number;
  readonly use: Use;
}

/**
 * The nodes as text for a prompt: how they may be used, one dated line each, and a last line that
 * names the audit entry they were released under. Who spoke stands first: by name, else by role.
 *
 * Best nodes are taken first until the budget is full; then they stand in the order told, so that
 * the same nodes always give the same bytes and a prompt cache hits up to the last line. Line
 * breaks in a memory become spaces: no memory can pose as another line.
 */
export function contextBlock(
  nodes: readonly OpenNode[],
  { tokens, use, auditLog, auditIndex }: BlockOptions,
): string {
  if (use === "withhold" || nodes.length === 0) return "";
  const last = `[memory ${auditLog}/${auditIndex}]`;
  let room = tokens - tokensOf(HOW[use]) - tokensOf(last);
  const chosen: { readonly node: OpenNode; readonly line: string }[] = [];
  for (const node of nodes) {
    const line = lineOf(node);
    const cost = tokensOf(line);
    if (cost > room) continue;
    room -= cost;
    chosen.push({ node, line });
  }
  if (chosen.length === 0) return "";
  chosen.sort((left, right) => byTime(left.node, right.node));
  return [HOW[use], ...chosen.map(({ line }) => line), last].join("\n");
}

/** An estimate from above for English. */
export function tokensOf(text: string): number {
  return Math.ceil((Buffer.byteLength(text) + 1) / BYTES_PER_TOKEN);
}

function lineOf({ saidAt, createdAt, speaker, role, content }: OpenNode): string {
  const day = new Date(saidAt ?? createdAt).toISOString().slice(0, 10);
  const spoke = speaker ?? role;
  const who = spoke === null ? "" : `${oneLine(spoke)}: `;
  return `- ${day} ${who}${oneLine(content)}`;
}

const GAP = /[\s\p{Cc}\u2028\u2029]+/gu;

/** Anything that is not a single space between words. */
const ODD_GAP = /[^\S ]|\p{Cc}|\s\s/u;

function oneLine(text: string): string {
  return (ODD_GAP.test(text) ? text.replaceAll(GAP, " ") : text).trim();
}

function byTime(left: OpenNode, right: OpenNode): number {
  const difference = (left.saidAt ?? left.createdAt) - (right.saidAt ?? right.createdAt);
  return difference !== 0 ? difference : asTold(left, right);
}
