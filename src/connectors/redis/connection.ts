import type { Word } from "#kernel";

import { commonCause, failure, guarded, type Cause } from "../failure.ts";
import { loadDriver } from "./driver.ts";

export interface RedisPlace {
  readonly source: Word;
  readonly url: string;
  /** Authorities that vouch for the server, in PEM; those that Node trusts without. */
  readonly ca?: string | undefined;
}

/** Bulk answers are bytes: a key is whatever bytes an application wrote. */
export type Reply = string | number | null | Uint8Array | readonly Reply[];

export type Send = (...args: readonly (string | Uint8Array)[]) => Promise<Reply>;

const CONNECT_DEADLINE_MS = 5000;

/**
 * A connection for one call. It ends with the call, or with its signal: a server that stands still
 * keeps nobody. Calls are rare; one that is kept open would have to be watched.
 */
export async function connected<Value>(
  place: RedisPlace,
  signal: AbortSignal,
  work: (send: Send) => Promise<Value>,
): Promise<Value> {
  const connection = await connect(place, signal);
  try {
    return await work(connection.send);
  } finally {
    connection.end();
  }
}

/** As {@link connected}, where the caller ends it. */
export async function connect(
  { source, url, ca }: RedisPlace,
  signal: AbortSignal,
): Promise<{ readonly send: Send; end(): void }> {
  const { createClient, RESP_TYPES } = await loaded(source);
  const guard = { source, causeOf };
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  const tls = ca === undefined ? {} : ({ tls: true, ca } as const);
  const client = createClient({
    url,
    RESP: 2,
    // A new connection is the caller's decision: it begins at the top.
    socket: { connectTimeout: CONNECT_DEADLINE_MS, reconnectStrategy: false, ...tls },
    disableOfflineQueue: true,
    disableClientInfo: true,
  });
  client.on("error", () => {}); // It comes out of the call that it ends.
  const end = () => {
    if (client.isOpen) client.destroy();
  };
  try {
    await guarded(guard, signal, () => client.connect());
  } catch (error) {
    end();
    throw error;
  }
  return {
    send: (...args) =>
      guarded(guard, signal, () =>
        client.sendCommand<Reply>(args as readonly (string | Buffer)[], { typeMapping }),
      ),
    end,
  };
}

async function loaded(source: Word) {
  try {
    return await loadDriver();
  } catch (error) {
    throw failure(source, "failed", error);
  }
}

/** By what a refusal starts with. @source redis.io/docs/latest/develop/reference/protocol-spec */
const REFUSALS: Readonly<Record<string, Cause>> = {
  NOAUTH: "refused",
  WRONGPASS: "refused",
  NOPERM: "refused",
  DENIED: "refused",
  READONLY: "refused",
  LOADING: "busy",
  BUSY: "busy",
  MASTERDOWN: "busy",
  OOM: "busy",
};

function causeOf(error: unknown, signal: AbortSignal): Cause {
  const common = commonCause(error, signal);
  if (common !== null) return common;
  const { message, constructor: kind } = error as Error;
  if (/^(Connection|Socket)Timeout/.test(kind.name)) return "timeout";
  if (/^(Socket|Client|Disconnects)/.test(kind.name)) return "unreachable";
  return REFUSALS[/^[A-Z]+/.exec(message)?.[0] ?? ""] ?? "failed";
}
