/** One of two modules of this room that open a socket: a signed POST to the configured address. */
import {
  OubliError,
  safeUrl,
  signedWebhook,
  systemClock,
  WEBHOOK_SECRET,
  webhookKey,
  word,
  type Clock,
} from "#kernel";

import {
  checkedName,
  NotifierError,
  socketCause,
  type Addressee,
  type Notifier,
} from "./notifier.ts";

export interface WebhookOptions {
  /** `https:`; `http:` on this machine alone. */
  readonly url: string;
  /** `whsec_` and base64 of at least 24 bytes. */
  readonly secret: string;
  /** What it is called in the ledger. Default: `webhook`. */
  readonly name?: string;
  /** Default: the officer and the people. */
  readonly reaches?: readonly Addressee["kind"][];
  /** Certificates that vouch for the server, in PEM. Default: those that Node trusts. */
  readonly ca?: string;
  readonly clock?: Clock;
}

/**
 * Posts each message as JSON, signed with its time and id, so that nobody else can post one and
 * nobody can post it again later. A redirect is a failure: it would go where nobody configured.
 *
 * @throws {OubliError} `INPUT_INVALID` for an address without TLS, or a secret that is too short.
 * @source Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature)
 */
export function webhookNotifier(options: WebhookOptions): Notifier {
  const { reaches = ["dpo", "person"], ca, clock = systemClock } = options;
  const url = checkedUrl(options.url);
  const key = checkedKey(options.secret);
  const name = checkedName(options.name ?? "webhook");
  return {
    name,
    reaches,
    async send({ key: id, to, title, text, html }, { signal }) {
      const body = JSON.stringify({ type: "breach.notice", to: told(to), title, text, html });
      const headers = {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        ...signedWebhook(key, id, body, clock),
      };
      const status = await post(url, {
        headers,
        body,
        signal,
        ...(ca === undefined ? {} : { ca }),
      });
      // The application knows no way to reach this person.
      if (status === 404 && to.kind === "person") return "no-address";
      if (status === 401 || status === 403) throw new NotifierError("credentials");
      if (status < 200 || status > 299) throw new NotifierError("refused");
      return "sent";
    },
  };
}

function told(to: Addressee) {
  if (to.kind === "person") return { kind: to.kind, externalId: to.externalId };
  return { kind: to.kind, ...to.party };
}

function checkedUrl(text: string): URL {
  const url = safeUrl(text);
  if (url !== null) return url;
  const accepted = word("an https address without a password in it");
  throw new OubliError("INPUT_INVALID", { field: word("webhook.url"), accepted });
}

function checkedKey(secret: string): Buffer {
  const key = webhookKey(secret);
  if (key !== null) return key;
  const field = word("webhook.secret");
  throw new OubliError("INPUT_INVALID", { field, accepted: word(WEBHOOK_SECRET) });
}

interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly ca?: string;
}

/** The answer's status; its body is of no interest, and is not kept. */
function post(url: URL, { headers, body, signal, ca }: Posted): Promise<number> {
  return new Promise((resolve, reject) => {
    // An agent of its own: the global one may take a proxy from the environment.
    const options = { method: "POST", headers, signal, agent: false as const };
    const tls = { rejectUnauthorized: true, ...(ca ? { ca } : {}) };
    // Loaded by the first message: not every process has one to send.
    const { request } =
      url.protocol === "https:"
        ? process.getBuiltinModule("node:https")
        : process.getBuiltinModule("node:http");
    const sent = request(url, { ...options, ...tls });
    sent.on("error", (error) => reject(new NotifierError(socketCause(error))));
    sent.on("response", (response) => {
      response.on("error", () => reject(new NotifierError("unreachable")));
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.end(body);
  });
}
