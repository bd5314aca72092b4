import { readFileSync } from "node:fs";

import { DAY_MS, OubliError, SECOND_MS, word } from "#kernel";

import type { VaultClient } from "./client.ts";

const TOKEN_SHAPE = /^[\x21-\x7e]{1,4096}$/;

/** The token, from a file at each call, where one is named, else the one that was given. */
export function tokenFrom(file: string | null, given: string | undefined): () => string {
  return () => {
    const token = file === null ? given : read(file);
    if (token !== undefined && TOKEN_SHAPE.test(token)) return token;
    throw new OubliError("ROOT_REFUSED", { reason: word("token-missing") });
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new OubliError("ROOT_REFUSED", { reason: word("token-missing") }, error);
  }
}

export interface Renewal {
  /** Begins, once. */
  start(): void;
  stop(): void;
}

/**
 * Renews the token at half of its life, also while nobody calls: an application that sleeps over
 * night wakes with a token. One that cannot be renewed, or never ends, is left alone. That the
 * token ended is for the next call to find; nothing fails here.
 */
export function renewalOf(vault: VaultClient): Renewal {
  let timer: NodeJS.Timeout | null = null;
  let isStarted = false;
  let isStopped = false;

  function schedule(seconds: unknown, renewable: unknown): void {
    if (isStopped || renewable !== true || typeof seconds !== "number" || seconds <= 0) return;
    wait((seconds * SECOND_MS) / 2);
  }
  function wait(ms: number): void {
    timer = setTimeout(() => void renew(ms), Math.min(Math.max(ms, SECOND_MS / 2), DAY_MS)).unref();
  }
  async function renew(ms: number): Promise<void> {
    try {
      const path = "auth/token/renew-self";
      const { auth } = await vault("POST", path, { act: word("renew-token"), body: {} });
      schedule(auth["lease_duration"], auth["renewable"]);
    } catch (error) {
      // Half of what is left, until there is nothing left.
      const isPassing = error instanceof OubliError && error.retryable;
      if (isPassing && !isStopped && ms > SECOND_MS) wait(ms / 2);
    }
  }

  return {
    start() {
      if (isStarted || isStopped) return;
      isStarted = true;
      const path = "auth/token/lookup-self";
      void vault("GET", path, { act: word("look-up-token") }).then(
        ({ data }) => schedule(data["ttl"], data["renewable"]),
        () => {
          isStarted = false;
        },
      );
    },
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
