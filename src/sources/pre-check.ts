import { isCode, OubliError, word, type EpochMs, type SubjectId, type Word } from "#kernel";

import { inTime } from "./deadline.ts";

/** What a pre-check is asked: may this person be erased? */
export interface ErasureRequest {
  readonly subject: SubjectId;
  readonly externalId: string | null;
  readonly reason: Word;
}

export type PreCheckAnswer =
  | "ok"
  | {
      /** What stands in the way: `unpaid-invoice`. */
      readonly code: string;
      /** The law that lets it: `legal-claim`. */
      readonly ground: string;
      /** Until when, where that is known. */
      readonly until: EpochMs | Date | null;
    };

/** The application's own question before a person is erased, such as an open payment. */
export type PreCheck = (request: ErasureRequest) => PreCheckAnswer | Promise<PreCheckAnswer>;

/** One pre-check that stands in the way. */
export interface Block {
  readonly check: Word;
  readonly code: Word;
  readonly ground: Word;
  readonly until: EpochMs | null;
}

const DEADLINE_MS = 30_000;

/**
 * Asks every pre-check, and answers with all that block. One that throws, does not answer or
 * answers something else blocks: what could not be looked at is not assumed.
 */
export async function askPreChecks(
  checks: ReadonlyMap<Word, PreCheck>,
  request: ErasureRequest,
): Promise<readonly Block[]> {
  const answers = await Promise.all(
    Array.from(checks, async ([check, ask]) => {
      try {
        const answer = await inTime(DEADLINE_MS, async () => ask(request));
        return answer === "ok" ? null : blockOf(check, answer);
      } catch {
        return failed(check);
      }
    }),
  );
  return answers.filter((block) => block !== null);
}

/** @throws {OubliError} `ERASURE_BLOCKED` where one does. */
export function refuseBlocked(blocks: readonly Block[]): void {
  if (blocks.length === 0) return;
  const until = blocks.map((block) => block.until);
  throw new OubliError("ERASURE_BLOCKED", {
    checks: blocks.map(({ check }) => check),
    codes: blocks.map(({ code }) => code),
    grounds: blocks.map(({ ground }) => ground),
    // Known only when each of them knows.
    ...(until.includes(null) ? {} : { until: Math.max(...(until as number[])) as EpochMs }),
  });
}

function blockOf(check: Word, answer: Exclude<PreCheckAnswer, "ok">): Block {
  const { code, ground, until } = answer;
  const at = until === null ? null : (Number(until) as EpochMs);
  if (!isCode(code) || !isCode(ground) || !(at === null || Number.isSafeInteger(at))) {
    return failed(check);
  }
  return { check, code, ground, until: at };
}

function failed(check: Word): Block {
  return { check, code: word("check-failed"), ground: word("check-failed"), until: null };
}
