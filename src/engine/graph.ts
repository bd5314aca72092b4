import { forget } from "#erasure";
import { word, type NodeId, type SessionId, type Word } from "#kernel";
import { derive, disclose, link, neighbours, type Caller } from "#memory";

import { check, inputError, placedDeriver, shapes, wordError } from "./input/index.ts";
import { logged } from "./logged-refusal.ts";
import type { Session } from "./session.ts";
import type { EngineWorld } from "./world.ts";

export type SessionCall = () => Promise<{
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
}>;

/** What is made from memories, and how they hang together. */
export function graphFace(
  world: EngineWorld,
  call: SessionCall,
): Pick<Session, "derive" | "disclose" | "link" | "unlink" | "neighbours"> {
  return {
    async disclose(processor, nodes, give) {
      const to = check(shapes.code, processor, "processor");
      const sources = check(shapes.nodeIds, nodes, "nodes");
      check(shapes.callback, give, "send");
      const given = { ...(await call()), processor: to, sources, send: give };
      return logged(world, given.caller, "disclose", () => disclose(world, given));
    },
    async derive(sources, by) {
      const ids = check(shapes.nodeIds, sources, "sources");
      const make = typeof by === "function" ? placedDeriver(by) : world.derivers.get(by);
      if (make === undefined) {
        throw wordError(["by"], by, [...world.derivers.keys()].join(" | ") || "a function");
      }
      const deriver = typeof by === "string" ? (by as Word) : null;
      const made = { ...(await call()), sources: ids, make, deriver };
      return logged(world, made.caller, "derive", () => derive(world, made));
    },
    async link(from, to, relation) {
      const ends = check(shapes.nodeIds, [from, to], "ends") as [NodeId, NodeId];
      if (from === to) throw inputError(["to"], to, "another node");
      const named = check(shapes.code, relation, "relation") as Word;
      const edge = { ...(await call()), from: ends[0], to: ends[1], relation: named };
      const done = await logged(world, edge.caller, "link", () => link(world, edge));
      return done.nodes[0]!;
    },
    async unlink(edge) {
      const nodes = [check(shapes.nodeId, edge, "edge") as NodeId];
      const { caller } = await call();
      const ended = { caller, nodes, reason: word("unlinked") };
      return logged(world, caller, "forget", () => forget(world, ended));
    },
    async neighbours(node) {
      const id = check(shapes.nodeId, node, "node");
      return (await neighbours(world, { ...(await call()), node: id })).neighbours;
    },
  };
}
