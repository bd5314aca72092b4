import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";

import { freePort } from "./free-port.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "./test-certificate.ts";
import { transitEngine, type Reply, type TransitKey } from "./vault-transit.ts";

export type Capability = "create" | "read" | "update" | "delete" | "list";

/** Paths, with `+` for one segment and `*` at the end, and what may be done there. */
export type VaultPolicy = Readonly<Record<string, readonly Capability[]>>;

export interface VaultToken {
  policy: VaultPolicy;
  /** Milliseconds since 1970; `null`: it never ends. */
  expiresAt: number | null;
  /** What a renewal gives, in seconds. */
  readonly period: number;
}

/** What happens to the next request that has this part in its method and path. */
export interface VaultFault {
  readonly at: string;
  readonly times?: number;
  /** The request is taken, and that is all. */
  readonly silent?: true;
  /** What the answer waits for, once all is done. */
  readonly late?: Promise<unknown>;
  readonly status?: number;
  /** `before`: the connection breaks and nothing is done. `after`: it is done, and nobody hears. */
  readonly drop?: "before" | "after";
  /** An answer that is not Vault's. */
  readonly page?: string;
}

export interface VaultServer {
  /** `vault:http://127.0.0.1:port/transit` */
  readonly root: string;
  readonly token: string;
  readonly tokens: Map<string, VaultToken>;
  readonly keys: Map<string, TransitKey>;
  /** `POST transit/keys/oubli-eu-1`, in order. */
  readonly requests: string[];
  readonly headers: IncomingMessage["headers"][];
  sealed: boolean;
  fail(fault: VaultFault): void;
  /** Breaks each connection on which `when` is the case; `null`: none any more. */
  failWhen(when: (() => boolean) | null, drop: "before" | "after"): void;
  /** Takes no connection until {@link VaultServer.up}, which gives it the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What an application needs of the transit engine, and no more. */
export const POLICY: VaultPolicy = {
  "transit/keys": ["list"],
  "transit/keys/*": ["create", "read", "update", "delete"],
  "transit/hmac/*": ["update"],
  "auth/token/lookup-self": ["read"],
  "auth/token/renew-self": ["update"],
};

const DENIED: Reply = { status: 403, errors: ["1 error occurred:\n\t* permission denied\n\n"] };

/**
 * A Vault with one transit engine, on this machine, over HTTP: tokens, policies, namespaces, seal,
 * and the engine itself behave as those of the real one; how it stores is nobody's concern here.
 */
export async function startVault({
  tls = false,
  namespace = "",
}: { readonly tls?: boolean; readonly namespace?: string } = {}): Promise<VaultServer> {
  const keys = new Map<string, TransitKey>();
  const engine = transitEngine(keys);
  const token = `hvs.${randomUUID()}`;
  const tokens = new Map([[token, { policy: POLICY, expiresAt: null, period: 0 } as VaultToken]]);
  let standing: (VaultFault & { readonly when: () => boolean }) | null = null;
  const faults: { -readonly [Key in keyof VaultFault]: VaultFault[Key] }[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://vault");
    const isList = url.searchParams.get("list") === "true";
    const method = isList ? "LIST" : request.method === "PUT" ? "POST" : request.method!;
    const path = url.pathname.replace(/^\/v1\//, "");
    const line = `${method} ${path}`;
    server.requests.push(line);
    server.headers.push(request.headers);
    const body = await bodyOf(request);

    const fault = standing?.when() === true ? standing : take(line);
    if (fault?.silent) return;
    if (fault?.drop === "before") return void request.socket.destroy();
    if (fault?.page !== undefined) return void response.writeHead(fault.status!).end(fault.page);
    const reply =
      fault?.status === undefined
        ? route(request, method, path, body)
        : { status: fault.status, errors: ["1 error occurred:\n\t* as the test has it\n\n"] };
    await fault?.late;
    if (fault?.drop === "after") return void request.socket.destroy();
    send(response, reply);
  }

  function take(line: string): VaultFault | undefined {
    const found = faults.find(({ at }) => line.includes(at));
    if (found !== undefined && (found.times = (found.times ?? 1) - 1) <= 0) {
      faults.splice(faults.indexOf(found), 1);
    }
    return found;
  }

  function route(request: IncomingMessage, method: string, path: string, body: unknown): Reply {
    if (server.sealed) return { status: 503, errors: ["Vault is sealed"] };
    const given = tokens.get(String(request.headers["x-vault-token"]));
    if (given === undefined || (given.expiresAt ?? Infinity) <= Date.now()) return DENIED;
    if (!isAllowed(given.policy, method, path)) return DENIED;
    if (path.startsWith("auth/token/")) return tokenReply(given, path);
    const isHere = (request.headers["x-vault-namespace"] ?? "") === namespace;
    if (!isHere || !path.startsWith("transit/")) {
      return { status: 404, errors: [`no handler for route "${path}". route entry not found.`] };
    }
    return engine(method, path.slice("transit/".length), body as Record<string, unknown>);
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response);
  const http = tls
    ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, listener)
    : createServer(listener);
  const port = await freePort();
  const listen = (): Promise<void> =>
    new Promise((resolve) => void http.listen(port, "127.0.0.1", resolve));
  await listen();

  const server: VaultServer = {
    root: `vault:${tls ? "https" : "http"}://127.0.0.1:${port}/transit`,
    token,
    tokens,
    keys,
    requests: [],
    headers: [],
    sealed: false,
    fail: (fault) => void faults.push({ ...fault }),
    failWhen(when, drop) {
      standing = when === null ? null : { when, drop, at: "" };
    },
    async down() {
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      });
    },
    up: listen,
    async [Symbol.asyncDispose]() {
      if (http.listening) await server.down();
    },
  };
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function isAllowed(policy: VaultPolicy, method: string, path: string): boolean {
  const needs = { LIST: "list", GET: "read", DELETE: "delete", POST: "update" }[method];
  return Object.entries(policy).some(([pattern, granted]) => {
    const exact = pattern.replaceAll(".", String.raw`\.`).replaceAll("+", "[^/]+");
    const matches = new RegExp(`^${exact.replace(/\*$/, ".*")}$`).test(path.replace(/\/$/, ""));
    return matches && granted.includes(needs as Capability);
  });
}

function tokenReply(token: VaultToken, path: string): Reply & { readonly auth?: object } {
  const renewable = token.expiresAt !== null;
  if (path === "auth/token/lookup-self") {
    const ttl = token.expiresAt === null ? 0 : Math.ceil((token.expiresAt - Date.now()) / 1000);
    return { status: 200, data: { ttl, renewable, type: "service" } };
  }
  if (!renewable) return { status: 400, errors: ["lease is not renewable"] };
  token.expiresAt = Date.now() + token.period * 1000;
  return { status: 200, auth: { lease_duration: token.period, renewable: true } };
}

function send(response: ServerResponse, reply: Reply & { readonly auth?: object }): void {
  const { status, data = null, auth = null, warnings = null, errors } = reply;
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  if (status === 204) return void response.end();
  const whole = { request_id: randomUUID(), lease_id: "", renewable: false, lease_duration: 0 };
  const body =
    errors === undefined ? { ...whole, data, wrap_info: null, warnings, auth } : { errors };
  response.end(`${JSON.stringify(body)}\n`);
}
