import type { Actor } from "./acts.ts";
import type { Act } from "./history.ts";

/** What the acts of the crash proof are about. */
export interface Scene {
  readonly ada: string;
  readonly bea: string;
  readonly cleo: string;
  /** Ada's memories, by the text each was given. */
  readonly node: (token: string) => string;
  readonly hold: string;
}

let texts = 0;

/** A text that no other has. */
export function text(): string {
  return `t-s-${(texts += 1)}`;
}

/**
 * Ada has memories under both purposes, one derived from two, one held; Bea has consented; Cleo is
 * held as a whole, with an act that waits for her release. One memory was forgotten already.
 */
export async function setScene(actor: Actor): Promise<Scene> {
  const register = async (name: string): Promise<string> =>
    (await actor.run({ kind: "register", name }))!.subject!;
  const [ada, bea, cleo] = [await register("ada"), await register("bea"), await register("cleo")];
  const ids = new Map<string, string>();
  const remember = async (subject: string, purpose: "support" | "mood", ...names: string[]) => {
    const contents = names.map(text);
    const answer = await actor.run({ kind: "remember", subject, purpose, contents });
    names.forEach((name, at) => ids.set(name, answer!.nodes![at]!.id));
  };
  const node = (name: string): string => ids.get(name)!;

  await actor.run({ kind: "grant", subject: ada, purpose: "mood" });
  await actor.run({ kind: "grant", subject: bea, purpose: "mood" });
  await remember(ada, "support", "first", "second", "third", "lost", "kept");
  await remember(ada, "mood", "low", "better");
  await remember(bea, "mood", "calm", "glad");
  await remember(bea, "support", "tea");
  await remember(cleo, "support", "case", "notes");
  const sources = [node("first"), node("second")];
  const derive = { kind: "derive", subject: ada, purpose: "support", sources } as const;
  ids.set("summary", (await actor.run({ ...derive, contents: [text()] }))!.nodes![0]!.id);
  await actor.run({ kind: "block", subject: ada, purpose: "support", limit: 100 });
  await actor.run({ kind: "hold", subject: ada, nodes: [node("kept")] });
  await actor.run({ kind: "forget", subject: ada, nodes: [node("lost")] });
  const held = { kind: "hold", subject: cleo, nodes: [node("case")] } as const;
  const hold = (await actor.run(held))!.hold!;
  await actor.run({ kind: "forget", subject: cleo, nodes: [node("case"), node("notes")] });
  return { ada, bea, cleo, node, hold };
}

/** Every act of the proof, on its scene. */
export const CRASH_ACTS = {
  remember: ({ ada }) => [
    { kind: "remember", subject: ada, purpose: "support", contents: [text(), text(), text()] },
  ],
  recall: ({ ada }) => [{ kind: "recall", subject: ada, purpose: "support", limit: 100 }],
  correct: ({ ada, node }) => [
    { kind: "correct", subject: ada, node: node("first"), content: text() },
  ],
  forget: ({ ada, node }) => [
    { kind: "forget", subject: ada, nodes: [node("second"), node("third")] },
  ],
  "forget with a held memory": ({ ada, node }) => [
    { kind: "forget", subject: ada, nodes: [node("third"), node("kept")] },
  ],
  erase: ({ bea }) => [{ kind: "erase", subject: bea }],
  "erase with a held memory": ({ ada }) => [{ kind: "erase", subject: ada }],
  register: () => [{ kind: "register", name: "dora" }],
  grant: ({ cleo }) => [{ kind: "grant", subject: cleo, purpose: "mood" }],
  withdraw: ({ ada }) => [{ kind: "withdraw", subject: ada, purpose: "mood" }],
  derive: ({ ada, node }) => [
    {
      kind: "derive",
      subject: ada,
      purpose: "support",
      sources: [node("second"), node("third")],
      contents: [text()],
    },
  ],
  block: ({ bea }) => [{ kind: "block", subject: bea, purpose: "support", limit: 100 }],
  hold: ({ ada, node }) => [{ kind: "hold", subject: ada, nodes: [node("first")] }],
  release: ({ cleo, hold }) => [{ kind: "release", subject: cleo, hold }],
  rotate: () => [{ kind: "rotate" }],
  sweep: () => [{ kind: "sweep" }],
} as const satisfies Readonly<Record<string, (scene: Scene) => readonly Act[]>>;
