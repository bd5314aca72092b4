import type { IncomingMessage } from "node:http";

import {
  DAY_MS,
  later,
  MINUTE_MS,
  safeUrl,
  SECOND_MS,
  signedWebhook,
  systemClock,
  WEBHOOK_SECRET,
  webhookKey,
  type Clock,
  type Json,
  type Word,
} from "#kernel";
import {
  defineSource,
  IDENTIFIER_KIND,
  type AnonymiseOrder,
  type CollectionOutcome,
  type Identity,
  type Outcome,
  type Source,
  type SourceCall,
  type SourceFinding,
  type SourceItem,
} from "#sources";
import * as z from "zod";

import { commonCause, failure, guarded, looked, type Cause, type Guard } from "../failure.ts";
import { optionInvalid, parted, text, type CommonOptions } from "../options.ts";
import { furtherNames, identifierOf } from "../template.ts";
import { jsonOf, line, linesOf, look, outcome, Unagreed } from "./answers.ts";
import { post } from "./http.ts";
import { retentionOf, RULES, type Ask, type WebhookRule } from "./retention.ts";

export const WEBHOOK_ACTS = ["erase", "anonymise", "export", "verify"] as const;

export type WebhookAct = (typeof WEBHOOK_ACTS)[number];

export interface WebhookSourceOptions extends CommonOptions {
  /** `https:`; `http:` on this machine alone. */
  readonly url: string;
  /** `whsec_` and base64 of at least 24 bytes; both sides have it. */
  readonly secret: string;
  /** What the receiver does. */
  readonly acts: readonly WebhookAct[];
  /** Which of a person's further names it is told; none without. Their external id always. */
  readonly identifiers?: readonly string[];
  /** What the receiver ends by the calendar: it is asked to `count` and to `sweep`. */
  readonly retention?: readonly WebhookRule[];
  /** Authorities that vouch for the server, in PEM. */
  readonly ca?: string;
}

const URL_ACCEPTED = "an https: address without a password; http: on this machine alone";
const OPTIONS = {
  url: text((value) => safeUrl(value) !== null, URL_ACCEPTED),
  secret: text((value) => webhookKey(value) !== null, WEBHOOK_SECRET),
  acts: z.array(z.enum(WEBHOOK_ACTS)).min(1).max(WEBHOOK_ACTS.length),
  identifiers: z.array(z.string().regex(IDENTIFIER_KIND)).max(64).optional(),
  retention: RULES.optional(),
  ca: z.string().min(1).optional(),
};

/** When a receiver does not say. */
const CHECK_AGAIN_MS = MINUTE_MS;
const CHECK_AGAIN_MS_MAX = 7 * DAY_MS;

interface Receiver extends Guard {
  readonly url: URL;
  readonly key: Buffer;
  readonly identifiers: readonly string[];
  readonly ca: string | null;
  readonly clock: Clock;
}

/**
 * A system that is told by signed HTTP calls what to do, and answers when it is done, or that it
 * will be. The same call is then made again, under the same id, until it is.
 */
export function webhookSource(options: WebhookSourceOptions, clock: Clock = systemClock): Source {
  const { common, own } = parted(options, OPTIONS);
  if (new Set(own.acts).size !== own.acts.length) {
    throw optionInvalid(common.name, ["acts"], own.acts, "each only once");
  }
  const receiver: Receiver = {
    source: common.name as Word,
    url: safeUrl(own.url)!,
    key: webhookKey(own.secret)!,
    identifiers: own.identifiers ?? [],
    ca: own.ca ?? null,
    clock,
    causeOf,
  };
  const does = (act: WebhookAct): boolean => own.acts.includes(act);
  return defineSource({
    ...common,
    identifiers: furtherNames(receiver.identifiers),
    check: (signal) => check(receiver, signal),
    ...(does("erase") && { erase: (who, call) => carriedOut(receiver, "erase", who, call) }),
    ...(does("anonymise") && {
      anonymise: (who, order, call) => carriedOut(receiver, "anonymise", who, call, order),
    }),
    ...(does("export") && { export: (who, call) => exported(receiver, who, call) }),
    ...(does("verify") && { verify: (who, call) => verified(receiver, who, call) }),
    ...(options.retention && { retention: retentionOf(options.retention, asking(receiver)) }),
  });
}

async function carriedOut(
  receiver: Receiver,
  act: "erase" | "anonymise",
  who: Identity,
  call: SourceCall,
  order?: AnonymiseOrder,
): Promise<Outcome> {
  const { clock } = receiver;
  const answer = await guarded(receiver, call.signal, async () => {
    const message = messageOf(receiver, act, who, call, order);
    return jsonOf(await asked(receiver, message, call.signal), outcome);
  });
  if (answer.status === "pending") {
    const { checkAgainAfter } = answer;
    const wait = checkAgainAfter === undefined ? CHECK_AGAIN_MS : checkAgainAfter * SECOND_MS;
    const checkAgainAt = later(clock.now(), Math.min(wait, CHECK_AGAIN_MS_MAX));
    return { status: "pending", recordsDeleted: 0, collections: [], checkAgainAt };
  }
  const { recordsDeleted, collections = [] } = answer;
  return { status: "done", recordsDeleted, collections: collections as CollectionOutcome[] };
}

function verified(receiver: Receiver, who: Identity, call: SourceCall) {
  return guarded(receiver, call.signal, async () => {
    const message = messageOf(receiver, "verify", who, call);
    return jsonOf(await asked(receiver, message, call.signal), look);
  });
}

async function* exported(
  receiver: Receiver,
  who: Identity,
  call: SourceCall,
): AsyncGenerator<SourceItem> {
  const message = messageOf(receiver, "export", who, call);
  const response = await guarded(receiver, call.signal, () =>
    asked(receiver, message, call.signal),
  );
  const lines = linesOf(response, line);
  let items = 0;
  let told: number | null = null;
  try {
    for (;;) {
      const { done, value } = await guarded(receiver, call.signal, () => lines.next());
      if (done === true) break;
      if (told !== null) throw failure(receiver.source, "malformed");
      if ("end" in value) told = value.end;
      else {
        items += 1;
        yield value as SourceItem;
      }
    }
    // Without its last line it broke off, at a record's end as it happened.
    if (told !== items) throw failure(receiver.source, "malformed");
  } finally {
    response.destroy();
  }
}

interface Message {
  readonly id: string;
  readonly body: string;
}

/** The receiver learns no more of a person than it needs to find them. */
function messageOf(
  { source, identifiers }: Receiver,
  act: WebhookAct,
  who: Identity,
  { request }: SourceCall,
  order?: AnonymiseOrder,
): Message {
  const names: Record<string, Json> = {};
  for (const kind of identifiers) {
    const value = identifierOf(kind, who);
    if (value === null) throw failure(source, "identifier-missing");
    if (value !== "") names[kind] = value;
  }
  const person = { externalId: who.externalId, identifiers: names };
  const body = JSON.stringify({ version: 1, act, request, person, ...(order && { order }) });
  // Full stops part what is signed.
  return { id: `${request.replaceAll(/[^\w-]/g, "-")}_${act}`, body };
}

const asking =
  (receiver: Receiver): Ask =>
  (message, schema, signal) =>
    guarded(receiver, signal, async () => jsonOf(await asked(receiver, message, signal), schema));

async function asked(
  { url, key, ca, clock }: Receiver,
  { id, body }: Message,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    "content-type": "application/json",
    "content-length": `${Buffer.byteLength(body)}`,
    "accept-encoding": "identity",
    ...signedWebhook(key, id, body, clock),
  };
  const response = await post({ url, headers, body, ca, signal });
  const status = response.statusCode ?? 0;
  if (status === 200 || status === 202) return response;
  response.destroy();
  throw new Answered(status);
}

/** It answered, with a status that is no success. */
class Answered extends Error {
  override readonly name = "Answered";
  readonly status: number;

  constructor(status: number) {
    super();
    this.status = status;
  }
}

function check(receiver: Receiver, signal: AbortSignal): Promise<readonly SourceFinding[]> {
  const message = { id: "check", body: JSON.stringify({ version: 1, act: "check" }) };
  return looked(receiver.source, async () => {
    const response = await guarded(receiver, signal, () => asked(receiver, message, signal));
    response.destroy();
    return [];
  });
}

function causeOf(error: unknown, signal: AbortSignal): Cause {
  if (error instanceof Unagreed) return "malformed";
  if (error instanceof Answered) return ofStatus(error.status);
  const { code } = (error ?? {}) as { code?: unknown };
  if (/CERT|TLS|SSL|ALTNAME|ISSUER/.test(String(code))) return "refused";
  if (String(code).startsWith("HPE_")) return "malformed"; // It speaks something else.
  return commonCause(error, signal) ?? "failed";
}

function ofStatus(status: number): Cause {
  if (status === 401 || status === 403) return "refused";
  if (status === 408 || status === 429 || status === 503) return "busy";
  return status >= 500 ? "failed" : "malformed";
}
