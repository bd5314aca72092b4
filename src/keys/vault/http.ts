/** The only module of this room that opens a socket. */
import type { Agent } from "node:http";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Certificates that vouch for the server, in PEM; `null`: those that Node trusts. */
  readonly ca: string | null;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** Far above any answer of a key service; what is longer is no such answer. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Not Node's global ones: those may take a proxy from the environment, and the token would go
 * through it in the clear.
 */
const KEPT = { keepAlive: true, timeout: 5000 };
const agents = new Map<string, Agent>();

/** Loaded by the first exchange: a tenth of what it takes to start a process without a Vault. */
function client(protocol: string) {
  const http =
    protocol === "https:"
      ? process.getBuiltinModule("node:https")
      : process.getBuiltinModule("node:http");
  const agent = agents.get(protocol) ?? new http.Agent(KEPT);
  agents.set(protocol, agent);
  return { request: http.request, agent };
}

/**
 * One request, one response. A redirect is an answer like any other: whoever follows one gives the
 * headers, and so the token, to a host that nobody configured.
 */
export function exchange(request: HttpRequest): Promise<HttpResponse> {
  const { method, url, headers, body, ca, timeoutMs } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const { request: send, agent } = client(url.protocol);
    // `rejectUnauthorized` is said here, so that no environment variable takes it back.
    const tls = { rejectUnauthorized: true, ...(ca === null ? {} : { ca }) };
    const sent = send(url, { method, headers, signal, agent, ...tls });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) response.destroy(new Error("the response is too long"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(body ?? undefined);
  });
}
