import type { Spread } from "../letters/fields.ts";
import type { Letter } from "../letters/letter.ts";
import { say } from "../letters/say.ts";
import { withLetter } from "./acknowledge.ts";
import { stillToTell, type Recipient } from "./recipients-of.ts";
import type { Answer, Request } from "./request.ts";
import type { RightsWorld } from "./world.ts";

type Writing = Pick<RightsWorld, "policy" | "clock" | "letters">;

/** The letters of a request with its answer. */
export function answered(
  world: Writing,
  request: Request,
  answer: Answer,
  recipients: readonly Recipient[],
): readonly Letter[] {
  const { outcome, explanation } = answer;
  const spread = spreadOf(answer, recipients);
  return withLetter(world, request, "answer", {
    outcome,
    spread,
    explanation: explanation ?? undefined,
  });
}

/**
 * The same behind somebody's having been told: what goes out says what is so by then. What was
 * answered before answers were kept stays as it is.
 */
export function answeredAgain(
  world: Writing,
  request: Request,
  recipients: readonly Recipient[],
): readonly Letter[] {
  const { letters = [], answer } = request.file ?? {};
  if (answer === undefined) return letters;
  const again = answered(world, request, answer, recipients).slice(letters.length);
  return letters.map((one) => (one.letter === "answer" ? (again[0] ?? one) : one));
}

/** Who knows of it, who does not, and why. */
export function spreadOf(
  { reached, systems }: Pick<Answer, "reached" | "systems">,
  recipients: readonly Recipient[],
): Spread {
  const open = stillToTell(recipients);
  const told = recipients.flatMap(({ recipient, toldAt }) => (toldAt === null ? [] : [recipient]));
  return {
    told: [...reached, ...told],
    untold: open.filter((name) => !systems.includes(name)),
    unchanged: open.filter((name) => systems.includes(name)),
    notTold: recipients.flatMap(({ recipient: system, because }) => {
      if (because === null) return [];
      return [say(because === "impossible" ? "notTellable" : "notWorthTelling", { system })];
    }),
  };
}
