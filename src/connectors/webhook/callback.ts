import { isSignedWebhook, OubliError, systemClock, webhookKey, word, type Clock } from "#kernel";
import * as z from "zod";

import { parsed, Unagreed } from "./answers.ts";
import { WEBHOOK_ACTS } from "./webhook-source.ts";

/** What a receiver posts when it is done with what it answered `pending` to. */
const SHAPE = z.strictObject({
  version: z.literal(1),
  act: z.enum(WEBHOOK_ACTS),
  request: z.string().min(1).max(1000),
});

/** Larger is none. */
const BODY_CHARACTERS_MAX = 10_000;

/**
 * Reads a receiver's call back: which request may be asked about again, before its time.
 *
 * It says only that. Whether something was done is what the receiver then answers, and what a look
 * behind it finds: so a call back that is lost, late, repeated or made up does no harm.
 *
 * @param headers As Node has them: names in lower case.
 * @param body As it came, before anybody parsed it.
 * @throws {OubliError} `INPUT_INVALID` for one that was not signed with the secret, or long ago.
 */
export function readCallback(
  secret: string,
  headers: Readonly<Record<string, unknown>>,
  body: string,
  clock: Clock = systemClock,
): { readonly request: string } {
  const key = webhookKey(secret);
  const signed =
    key !== null &&
    body.length <= BODY_CHARACTERS_MAX &&
    isSignedWebhook(key, headers, body, clock);
  if (!signed) throw refusal("signature");
  try {
    return { request: parsed(SHAPE, body).request };
  } catch (error) {
    if (error instanceof Unagreed) throw refusal("body");
    throw error;
  }
}

function refusal(field: "signature" | "body"): OubliError {
  const fields = { signature: word("callback.signature"), body: word("callback.body") };
  return new OubliError("INPUT_INVALID", { field: fields[field] });
}
