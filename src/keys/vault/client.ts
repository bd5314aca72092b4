import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { isOubliError, OubliError, word, type Word } from "#kernel";

import type { VaultAddress } from "./address.ts";
import { exchange, type HttpRequest, type HttpResponse } from "./http.ts";

/** What Vault answered, as far as anybody here looks at it. */
export interface VaultAnswer {
  readonly status: 200 | 204 | 400 | 404;
  readonly data: Readonly<Record<string, unknown>>;
  readonly auth: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /**
   * That whoever answered has nothing at the path. Enough to stop reading, never to call a key
   * destroyed: a proxy, or a mount of another kind, answers in the same words.
   */
  readonly absent: boolean;
}

export interface VaultCall {
  /** What it is for; stands in errors. */
  readonly act: Word;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Asks once, and briefly: for a caller that can do without the answer. */
  readonly brief?: boolean;
}

export type VaultClient = (
  method: HttpRequest["method"],
  path: string,
  call: VaultCall,
) => Promise<VaultAnswer>;

export interface VaultClientOptions {
  readonly address: VaultAddress;
  /** The token of the next call. */
  readonly token: () => string;
  readonly timeoutMs: number;
}

const TRIES_MAX = 4;
const BRIEF_MS = 1000;
const BACK_OFF_MS = 100;

/**
 * What may pass by itself: 412 is a replica that is behind, 429 a quota, 503 a Vault that is
 * sealed. Every call made here may be repeated without harm.
 */
const PASSING = new Set([412, 429, 500, 502, 503, 504]);

/** Failures of the TLS handshake: they last until someone changes a certificate. */
const DISTRUST = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * Calls one Vault.
 *
 * @throws {OubliError} `ROOT_UNAVAILABLE` when it cannot be reached, is sealed or overloaded:
 *   retryable, and tried again here before. `ROOT_REFUSED` when token, policy, certificate or
 *   answer are not as they must be: tried once.
 */
export function vaultClient({ address, token, timeoutMs }: VaultClientOptions): VaultClient {
  const { origin, namespace } = address;
  const ca = address.ca === null ? null : certificates(address.ca);
  return async (method, path, { act, body, brief = false }) => {
    const request: HttpRequest = {
      method,
      url: new URL(`/v1/${path}`, origin),
      headers: {
        "X-Vault-Request": "true",
        "X-Vault-Token": token(),
        ...(namespace === null ? {} : { "X-Vault-Namespace": namespace }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      ca,
      timeoutMs: brief ? Math.min(timeoutMs, BRIEF_MS) : timeoutMs,
    };
    for (let tries = 1; ; tries += 1) {
      try {
        return answerOf(await exchanged(request, act), act);
      } catch (error) {
        const isPassing = isOubliError(error, "ROOT_UNAVAILABLE");
        if (!isPassing || brief || tries === TRIES_MAX) throw error;
        // Doubled each time, and scattered, so that many processes do not come back as one.
        const most = BACK_OFF_MS * 2 ** tries;
        await sleep(randomInt(most / 2, most));
      }
    }
  };
}

async function exchanged(request: HttpRequest, act: Word): Promise<HttpResponse> {
  try {
    return await exchange(request);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isDistrust = typeof code === "string" && DISTRUST.test(code);
    if (isDistrust) {
      throw new OubliError("ROOT_REFUSED", { act, reason: word("certificate") }, error);
    }
    throw new OubliError("ROOT_UNAVAILABLE", { act, reason: word("no-answer") }, error);
  }
}

function answerOf({ status, body }: HttpResponse, act: Word): VaultAnswer {
  if (PASSING.has(status)) throw new OubliError("ROOT_UNAVAILABLE", { act, status });
  if (status !== 200 && status !== 204 && status !== 400 && status !== 404) {
    throw new OubliError("ROOT_REFUSED", { act, status });
  }
  const answer = status === 204 ? {} : parsed(body);
  // A page of some proxy is no answer, least of all that a key is gone.
  if (answer === null) {
    throw new OubliError("ROOT_REFUSED", { act, status, reason: word("not-a-vault") });
  }
  const { errors, warnings } = answer;
  return {
    status,
    data: record(answer["data"]) ?? {},
    auth: record(answer["auth"]) ?? {},
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    absent: status === 404 && Array.isArray(errors) && errors.length === 0,
  };
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    return record(JSON.parse(body));
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> | null {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : null;
}

function certificates(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new OubliError("CONFIG_INVALID", { field: word("root.ca") }, error);
  }
}
