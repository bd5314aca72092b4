import { setTimeout as pause } from "node:timers/promises";

import type { Actor } from "./acts.ts";
import type { Act } from "./history.ts";
import type { Random } from "./random.ts";
import type { Purpose } from "./region.ts";

export type Kind = Exclude<Act["kind"], "register" | "export">;
export type Weights = Readonly<Record<Kind, number>>;

export interface Wanderer {
  /** Does one random act on one of the persons. */
  step(): Promise<void>;
}

export interface WandererOptions {
  readonly actor: Actor;
  readonly random: Random;
  readonly weights: Weights;
  /** What the application calls the persons. */
  readonly names: readonly string[];
  /** Starts every text of this process: no other process has it. */
  readonly mark: string;
}

/** So many memories of a person at most, so that a recall has room for all of them. */
const NODES_MAX = 40;

interface Person {
  readonly nodes: Set<string>;
  readonly holds: Set<string>;
}

/** Chooses acts at random, from what this process has seen of the persons. */
export function createWanderer(options: WandererOptions): Wanderer {
  const { actor, random, weights, names, mark } = options;
  const people = new Map<string, Person>();
  let texts = 0;
  const text = (): string => `t-${mark}-${(texts += 1)}`;
  const some = (count: number): string[] => Array.from({ length: count }, text);

  function personOf(subject: string): Person {
    const person = people.get(subject) ?? { nodes: new Set(), holds: new Set() };
    people.set(subject, person);
    return person;
  }

  function actOf(kind: Kind, subject: string): Act | null {
    const { nodes, holds } = personOf(subject);
    const purpose: Purpose = random.below(3) === 0 ? "mood" : "support";
    const node = random.pick([...nodes]);
    const other = random.pick([...nodes]);
    switch (kind) {
      case "remember":
        return { kind, subject, purpose, contents: some(1 + random.below(3)) };
      case "recall":
      case "block":
        return { kind, subject, purpose, limit: 100 };
      case "grant":
      case "withdraw":
        return { kind, subject, purpose: "mood" };
      case "erase":
        return { kind, subject };
      case "rotate":
      case "sweep":
        return { kind };
      case "release": {
        const hold = random.pick([...holds]);
        if (hold !== undefined) holds.delete(hold);
        return hold === undefined ? null : { kind, subject, hold };
      }
      default:
        break;
    }
    if (node === undefined || other === undefined) return null;
    switch (kind) {
      case "correct":
        return { kind, subject, node, content: text() };
      case "derive":
        return { kind, subject, purpose, sources: [...new Set([node, other])], contents: some(1) };
      case "forget":
        return { kind, subject, nodes: [...new Set([node, other])] };
      case "hold":
        return { kind, subject, nodes: [node] };
    }
  }

  async function run(act: Act, subject: string): Promise<void> {
    const answer = await actor.run(act);
    const { nodes, holds } = personOf(subject);
    if (act.kind === "forget") for (const node of act.nodes) nodes.delete(node);
    if (answer === null) return;
    if (act.kind === "recall" && act.purpose === "support") {
      for (const node of nodes) if (random.below(4) === 0) nodes.delete(node);
    }
    for (const { id } of answer.nodes ?? []) nodes.add(id);
    if (answer.hold !== undefined) holds.add(answer.hold);
    if (act.kind === "erase") people.delete(subject);
  }

  return {
    async step() {
      const found = await actor.run({ kind: "register", name: random.pick(names)! });
      const subject = found?.subject;
      // The store is away: it is asked again, not stormed.
      if (subject === undefined) return pause(10);
      const wanted = random.weighed(weights);
      const full = personOf(subject).nodes.size > NODES_MAX;
      const kind = full && (wanted === "remember" || wanted === "derive") ? "forget" : wanted;
      const act = actOf(kind, subject) ?? actOf("remember", subject)!;
      await run(act, subject);
    },
  };
}
