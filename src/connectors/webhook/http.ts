/** The only module of this room that posts by itself; drivers of databases connect by theirs. */
import type { IncomingMessage } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Authorities that vouch for the server, in PEM; `null`: those that Node trusts. */
  readonly ca: string | null;
  readonly signal: AbortSignal;
}

/**
 * Posts, and answers what came back, its body not yet read. A redirect is an answer like any other:
 * whoever follows one takes a person's name to a host that nobody configured.
 */
export function post({ url, headers, body, ca, signal }: Post): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: a shared agent may take a proxy from the environment.
    const options = { method: "POST", headers, signal, agent: false as const };
    const sent =
      url.protocol === "https:"
        ? // Said here, so that no environment variable takes it back.
          requestHttps(url, { ...options, rejectUnauthorized: true, ...(ca !== null && { ca }) })
        : requestHttp(url, options);
    sent.on("error", reject);
    sent.on("response", resolve);
    sent.end(body);
  });
}
