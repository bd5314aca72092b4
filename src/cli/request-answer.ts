import type { EpochMs } from "#kernel";
import { lastDayOf } from "#law";
import type { RequestShown } from "#rights";

import { EXIT, type Answer } from "./command.ts";
import { day, table } from "./table.ts";

/** One line of a list. */
export function requestLine(request: RequestShown): readonly string[] {
  const { right, state, receivedAt, answerBy, warned, waitingFor } = request;
  const late = warned.includes(100) && request.answeredAt === null ? "overdue" : "";
  return [
    request.request,
    right,
    state,
    day(receivedAt),
    lastDayOf(answerBy as EpochMs),
    [late, sayAgain(request.missing), waitingFor.join(", "), request.toInform ? INFORM : ""]
      .filter(Boolean)
      .join("; ") ||
      (request.reason ?? ""),
  ];
}

const INFORM = "write to them who knows by now: --inform";

/** What ends a waiting, as it is typed behind `request advance`. */
const TO_DO: Readonly<Record<string, string>> = {
  identity: "--code <code>, as the person says it",
  package: "--package <file>, or --link",
  accounting: "--accounting",
  corrections: "--node <id> --content <text>",
  "no-match": "--deny no-match: nobody of that name is known here",
  "identifier-missing":
    "--identifier <kind=value>, empty where they have none; kinds: sources list",
  controller: "say in the configuration who writes to people: controller",
};

/** What a restore lost of a case. */
export function sayAgain(missing: readonly string[]): string {
  return missing.length === 0 ? "" : `say again: ${missing.join(", ")}`;
}

/** A request as a person reads it, with its last letter. */
export function requestText(request: RequestShown): string[] {
  const { statutory, letters, exceptions, recipients, duplicateOf, reason, waitingFor } = request;
  const rows = [
    ["request", request.request],
    ["right", request.right],
    ["state", request.state],
    ["identity", request.identity],
    ["received", day(request.receivedAt)],
    ["answer by", lastDayOf(request.answerBy as EpochMs)],
    ...statutory.map(({ law, dueAt, extendedTo }) => [
      `  ${law}`,
      lastDayOf(((request.extendedAt === null ? null : extendedTo) ?? dueAt) as EpochMs),
    ]),
    ...(request.answeredAt === null ? [] : [["answered", day(request.answeredAt)]]),
    ...(waitingFor.length === 0 ? [] : [["waits for", waitingFor.join(", ")]]),
    ...waitingFor.flatMap((one) => (Object.hasOwn(TO_DO, one) ? [["to do", TO_DO[one]!]] : [])),
    ...(request.toInform ? [["to do", INFORM]] : []),
    ...(request.missing.length === 0 ? [] : [["restored", sayAgain(request.missing)]]),
    ...(reason === null ? [] : [["reason", reason]]),
    ...(exceptions.length === 0 ? [] : [["exceptions", exceptions.join(", ")]]),
    ...recipients.map(({ recipient, toldAt, because }) => [
      recipient,
      toldAt === null ? (because ?? "still to be told") : `told ${day(toldAt)}`,
    ]),
    ...(duplicateOf === null ? [] : [["duplicate of", duplicateOf]]),
  ];
  const letter = letters.at(-1);
  return [...table(rows), ...(letter ? ["", ...letter.text.trimEnd().split("\n")] : [])];
}

/** Exit code 3 where somebody or something is still waited for. */
export function requestAnswer(request: RequestShown): Answer {
  return {
    json: request,
    text: requestText(request),
    exit: request.waitingFor.length > 0 ? EXIT.waiting : EXIT.done,
  };
}
