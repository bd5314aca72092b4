import { correct } from "#erasure";
import { isOubliError, word, type NodeId, type Word } from "#kernel";
import type { Caller } from "#memory";

import { say } from "./letters/say.ts";
import { recipientsTold } from "./recipients.ts";
import type { RightsWorld } from "./requests/world.ts";
import { completely, waiting, type RightRoom } from "./right.ts";

/**
 * Replaces the memories that are wrong. One that was corrected before a crash is corrected again,
 * to the same text.
 *
 * @source GDPR Art. 16, 19 · 45 CFR 164.526
 */
export const rectification: RightRoom = {
  needsProof: true,
  async execute(world, caller, request) {
    const { corrections = [] } = request.file?.wanted ?? {};
    // What is wrong was told in words: somebody has to say which memories, and what is right.
    if (corrections.length === 0) return waiting([word("corrections")]);
    let corrected = 0;
    const exceptions = new Set<Word>();
    for (const correction of corrections) {
      const kept = await correctOne(world, caller, correction);
      if (kept === null) corrected += 1;
      else exceptions.add(kept);
    }
    const recipients = await recipientsTold(world, caller.subject, request);
    return completely(
      [say("corrected", { count: corrected })],
      { corrected },
      {
        recipients,
        exceptions: [...exceptions],
        outcome: { kept: [...exceptions].map((why) => say(KEPT[why as string as Kept])) },
      },
    );
  },
};

const KEPT = {
  held: "keptAsIs",
  "not-found": "notThere",
} as const;

type Kept = keyof typeof KEPT;

async function correctOne(
  world: RightsWorld,
  caller: Caller,
  { node, content }: { readonly node: NodeId; readonly content: string },
): Promise<(Word & Kept) | null> {
  try {
    const by = { caller, purpose: null, session: null, reason: word("inaccurate") };
    await correct(world, { ...by, node, content });
    return null;
  } catch (error) {
    if (isOubliError(error, "HELD")) return "held" as Word & Kept;
    if (isOubliError(error, "NOT_FOUND")) return "not-found" as Word & Kept;
    throw error;
  }
}
