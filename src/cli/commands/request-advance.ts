import type { Oubli } from "#engine";
import type { ErasePlan } from "#erasure";
import { DENIALS, EXTENSIONS, type RequestShown } from "#rights";

import { accountingText } from "../accounting-text.ts";
import { CliError } from "../cli-error.ts";
import { command } from "../command.ts";
import { erasePlanText } from "../erase-plan.ts";
import { IDENTIFIER, identifiersOf } from "../identifiers.ts";
import { newFile } from "../new-file.ts";
import type { OpenedRegions } from "../open.ts";
import { requestAnswer, requestText } from "../request-answer.ts";
import { day } from "../table.ts";
import { timeOf } from "../time.ts";

type Requests = Oubli["requests"];

/** What it may be told to do in the place of its next step; one of them. */
interface Instead {
  readonly code: string | undefined;
  readonly deny: string | undefined;
  readonly extend: string | undefined;
  readonly accounting: boolean;
  readonly package: string | undefined;
  readonly link: boolean;
  readonly notTold: string | undefined;
  readonly withdraw: boolean;
  readonly sent: boolean;
  readonly tellLift: boolean;
  readonly lift: boolean;
  readonly inform: boolean;
}

type Given = Instead & {
  readonly folder: string;
  readonly document: string | undefined;
  readonly identifiers?: Readonly<Record<string, string>>;
};

export const requestAdvance = command({
  name: "request advance",
  summary: "Take a request on, to its answer. Shows where it stands unless --execute is given.",
  args: { request: { help: "Its reference: case_…" } },
  flags: {
    execute: { type: "boolean", help: "Take the step; an erasure cannot be undone" },
    code: { type: "string", value: "code", help: "The one-time code that the person was given" },
    accounting: { type: "boolean", help: "Make the list that an accounting request asks for" },
    package: { type: "string", value: "file", help: "Write the package of an access request here" },
    link: { type: "boolean", help: "In its place, keep it behind a link that opens it once" },
    expires: { type: "string", value: "time", help: "When the link ends (default: in 7 days)" },
    told: { type: "list", value: "name", help: "A processor or a system that was told of it" },
    notTold: {
      type: "string",
      value: "name=why",
      help: "One that is not: impossible or disproportionate-effort",
    },
    document: { type: "string", value: "code", help: "Where that is reasoned" },
    node: { type: "string", value: "id", help: "The memory that is wrong, of a rectification" },
    content: { type: "string", value: "text", help: "What is right in its place" },
    identifier: IDENTIFIER,
    details: { type: "string", value: "text", help: "What they wrote, where a restore lost it" },
    explanation: { type: "string", value: "text", help: "A paragraph of the letter" },
    deny: { type: "string", value: "reason", help: "Deny it" },
    extend: { type: "string", value: "reason", help: "Take more time: complexity, …" },
    withdraw: { type: "boolean", help: "The person took it back" },
    sent: { type: "boolean", help: "The answer has reached them: destroy what is sealed" },
    tellLift: { type: "boolean", help: "Write the letter that their restriction ends" },
    inform: { type: "boolean", help: "Write the letter that says who was told of it" },
    lift: { type: "boolean", help: "Lift the restriction of somebody who was told" },
  },

  fields: {
    because: ["notTold"],
    recipient: ["notTold"],
    reason: ["deny", "extend"],
  },

  async run(cli, { request: id, execute, told, node, content, identifier, details, ...more }) {
    const { explanation, document, expires, ...flags } = more;
    refuseSeveral(flags);
    if (expires !== undefined && !flags.link) {
      throw new CliError("USAGE", "--expires goes with --link");
    }
    const until = expires === undefined ? {} : { expires: timeOf(expires, "--expires") };
    const identifiers = identifier.length === 0 ? {} : { identifiers: identifiersOf(identifier) };
    await using opened = await cli.open();
    const { requests } = opened.only();
    if (!execute) {
      refuseReason("--deny", flags.deny, DENIALS);
      refuseReason("--extend", flags.extend, EXTENSIONS);
      const shown = await requests.show(id);
      const plan = isNext(flags) ? await erasurePlan(opened, shown) : null;
      const named = [...shown.named, ...Object.keys(identifiers.identifiers ?? {})];
      const text = [
        ...requestText(shown),
        "",
        nextOf(shown, flags),
        ...(plan === null ? [] : erasePlanText(plan, named)),
        "Nothing was done. Run again with --execute.",
      ];
      return { json: { status: "planned", ...shown, ...(plan && { plan }) }, text };
    }
    const said = explanation === undefined ? {} : { explanation };
    if (flags.tellLift || flags.inform) {
      const letter = await (flags.inform
        ? requests.informOfRecipients(id, said)
        : requests.announceLift(id, said));
      return { json: letter, text: letter.text.trimEnd().split("\n") };
    }
    if (flags.accounting) {
      const { request, accounting } = await requests.accounting(id);
      const answer = requestAnswer(request);
      const text = [...accountingText(accounting), "", ...answer.text];
      return { ...answer, json: { ...request, accounting }, text };
    }
    if (flags.link) {
      const kept = await requests.keepPackage(id, { ...until, ...identifiers });
      const answer = requestAnswer(kept.request);
      const opens = `Opens once, until ${day(kept.expiresAt)}: ${kept.link}`;
      const { link, expiresAt } = kept;
      return {
        ...answer,
        json: { ...kept.request, link, expiresAt },
        text: [...answer.text, "", opens],
      };
    }
    const corrected = node !== undefined && content !== undefined;
    const added = {
      ...said,
      ...(told.length === 0 ? {} : { told: [...told] }),
      ...identifiers,
      ...(details === undefined ? {} : { details }),
      ...(corrected ? { corrections: [{ node, content }] } : {}),
    };
    const done = await instead(
      requests,
      id,
      { ...flags, ...identifiers, document, folder: cli.folder },
      said,
    );
    const answer = requestAnswer(done ?? (await requests.advance(id, added)));
    return flags.sent ? { ...answer, text: [...answer.text, "", DESTROYED] } : answer;
  },
});

/** What would be refused is refused without --execute, too. Which a right knows, the step says. */
function refuseReason(flag: string, given: string | undefined, known: object): void {
  if (given === undefined || Object.hasOwn(known, given)) return;
  throw new CliError("USAGE", `${flag} takes ${Object.keys(known).join(", ")}`);
}

const isNext = (flags: Instead): boolean =>
  Object.values(flags).every((value) => value === undefined || value === false);

const ERASES = new Set(["acknowledged", "waiting", "checking", "executing"]);

/** What the next step of an erasure would do; `null` where it is no such step, or nobody is left. */
async function erasurePlan(
  { oubli }: OpenedRegions,
  { right, state, externalId }: RequestShown,
): Promise<ErasePlan | null> {
  if (right !== "erasure" || !ERASES.has(state) || externalId === null) return null;
  return (await (await oubli.find(externalId))?.plan()) ?? null;
}

/** @returns `null` where nothing else was said: then its next step is taken. */
async function instead(
  requests: Requests,
  id: string,
  { code, deny, extend, withdraw, sent, lift, folder, identifiers, document, ...flags }: Given,
  said: { readonly explanation?: string },
): Promise<RequestShown | null> {
  if (code !== undefined) return requests.prove(id, code);
  if (deny !== undefined) return requests.deny(id, { reason: deny as "other", ...said });
  if (extend !== undefined) return requests.extend(id, { reason: extend as "complexity", ...said });
  if (flags.package !== undefined) {
    const to = newFile(folder, flags.package, "--package");
    return requests.package(id, to, identifiers && { identifiers });
  }
  if (flags.notTold !== undefined) {
    const [name = "", because = ""] = flags.notTold.split("=");
    const reasoned = document === undefined ? {} : { document };
    return requests.notTold(id, name, { because: because as "impossible", ...reasoned });
  }
  if (withdraw) return requests.withdraw(id);
  if (sent) return requests.sent(id);
  if (lift) return requests.lift(id);
  return null;
}

function refuseSeveral(flags: Instead): void {
  const given = Object.values(flags).filter((value) => value !== undefined && value !== false);
  if (given.length > 1) throw new CliError("USAGE", "one step at a time");
}

/** What the step would be: of a request that is over, or unproven, it would be refused. */
function nextOf({ state, waitingFor }: RequestShown, flags: Instead): string {
  const [flag] =
    Object.entries(flags).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (flag !== undefined)
    return `It is ${state}; asked for in the place of its next step: ${flag}.`;
  if (waitingFor.includes("no-match")) {
    return "Nobody of that name is known here. It would be refused: --deny no-match";
  }
  if (state === "completed-with-exceptions" && waitingFor.length > 0) {
    return `It is answered. Still to be told: ${waitingFor.join(", ")} (--told, --not-told).`;
  }
  return NEXT_STEP[state] ?? "It is over. It would be refused: what is left is --sent.";
}

const DESTROYED =
  "Destroyed with its key: the name, what they wrote, and the letters. Right, dates and outcome stay.";

const NEXT_STEP: Readonly<Record<string, string>> = {
  received: "It would be acknowledged.",
  "identity-pending": "It would be refused until the person gave their code: --code",
  acknowledged: "It would be checked, carried out and answered.",
  waiting: "It would be checked again, carried out and answered.",
  checking: "It would go on from where it stopped: carried out and answered.",
  executing: "It would go on from where it stopped: carried out and answered.",
};
