import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { DAY_MS, isOubliError, later, OubliError, word, type Clock } from "#kernel";

import { associatedData } from "../associated-data.ts";
import type { RootProvider } from "../root-provider.ts";
import { intoKey } from "../wrap.ts";
import { vaultAddress, type VaultAddress } from "./address.ts";
import { vaultClient, type VaultAnswer, type VaultClient } from "./client.ts";
import { renewalOf, tokenFrom } from "./token.ts";

export interface VaultRootOptions {
  /** `vault:https://host:8200/transit`, and parameters: see {@link vaultAddress}. */
  readonly root: string;
  readonly region: string;
  readonly clock: Clock;
  /** Default: the environment's `VAULT_TOKEN`, unless the root names a `token-file`. */
  readonly token?: string;
  /** For each try of each call. Default: 5000. */
  readonly timeoutMs?: number;
}

const REGION_SHAPE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** How often a deleted key is looked for: a replica may still show or list it for a moment. */
const LOOKS_MAX = 5;
const LOOK_MS = 100;

/**
 * Root keys that a Vault, or OpenBao, holds: one transit key, `oubli-<region>-<epoch>`, an epoch.
 *
 * A root key is the HMAC of its place under that transit key: nothing has to be stored on this
 * side, so every process of a region finds the same one, and whoever makes the key first has made
 * it for all. It is derived, but from a random key of its own that dies with it: no key that
 * survives leads to it.
 *
 * A root key that was fetched serves on while Vault cannot be reached, and no longer once Vault
 * answers that it is gone or that this token may not have it.
 *
 * Limits: a snapshot of Vault's storage holds the transit key, and outlives it. `snapshot-days`
 * says for how long; evidence dates the end from there.
 *
 * @throws {OubliError} `CONFIG_INVALID` for an address or a region that cannot be used.
 */
export function vaultRootProvider(options: VaultRootOptions): RootProvider {
  const { root, region, clock, timeoutMs = 5000 } = options;
  if (!REGION_SHAPE.test(region)) {
    throw new OubliError("CONFIG_INVALID", { field: word("region") });
  }
  const address = vaultAddress(root);
  const token = tokenFrom(address.tokenFile, options.token ?? process.env["VAULT_TOKEN"]);
  const vault = vaultClient({ address, token, timeoutMs });
  // Whoever writes the file renews what is in it.
  const renewal = address.tokenFile === null ? renewalOf(vault) : null;
  const keys = transitKeys(vault, address, region);
  const held = new Map<number, KeyObject>();
  const asked = new Map<number, Promise<KeyObject | null>>();

  /** What arrives for an epoch that was destroyed, or asked anew, meanwhile is not kept. */
  async function ask(epoch: number): Promise<KeyObject | null> {
    const answer = asked.get(epoch) ?? keys.derive(epoch, held.has(epoch));
    asked.set(epoch, answer);
    try {
      const key = await answer;
      if (asked.get(epoch) !== answer) return key;
      if (key === null) held.delete(epoch);
      else held.set(epoch, key);
      return key;
    } catch (error) {
      const kept = held.get(epoch);
      if (kept !== undefined && isOubliError(error, "ROOT_UNAVAILABLE")) return kept;
      held.delete(epoch);
      throw error;
    } finally {
      if (asked.get(epoch) === answer) asked.delete(epoch);
    }
  }

  return {
    name: "vault",
    create(epoch) {
      renewal?.start();
      return keys.create(epoch);
    },
    key(epoch) {
      renewal?.start();
      return ask(epoch);
    },
    epochs: () => keys.epochs(),
    async destroy(epoch) {
      const method = await keys.destroy(epoch);
      // Not before: while Vault is away, an epoch that could not end still has to be read.
      asked.delete(epoch);
      held.delete(epoch);
      const now = clock.now();
      const irreversibleAt = later(now, address.snapshotDays * DAY_MS);
      return { provider: "vault", epoch, destroyedAt: now, method, irreversibleAt };
    },
    close() {
      renewal?.stop();
      held.clear();
    },
  };
}

function transitKeys(vault: VaultClient, { mount }: VaultAddress, region: string) {
  const prefix = `oubli-${region}-`;
  const at = (epoch: number): string => `${mount}/keys/${prefix}${epoch}`;

  /** `null` where the engine answers that it has no such key. */
  async function read(epoch: number): Promise<VaultAnswer["data"] | null> {
    const answer = await vault("GET", at(epoch), { act: word("read-key") });
    if (answer.absent) return null;
    return accepted(answer, epoch).data;
  }

  async function list(): Promise<readonly number[]> {
    const answer = await vault("GET", `${mount}/keys?list=true`, { act: word("list-keys") });
    if (answer.absent) return [];
    const names: unknown = accepted(answer).data["keys"];
    if (!Array.isArray(names)) {
      throw new OubliError("ROOT_REFUSED", { reason: word("not-a-vault") });
    }
    return names
      .map((name) => epochOf(String(name), prefix))
      .filter((epoch) => epoch !== null)
      .sort((left, right) => left - right);
  }

  /**
   * Anybody can say that there is no such key. Only the mount that held it lists the region's other
   * keys and lacks this one; an epoch is destroyed when the next has its key there.
   */
  async function isProvedGone(epoch: number): Promise<boolean> {
    const listed = await list();
    return listed.length > 0 && !listed.includes(epoch);
  }

  async function remove(epoch: number): Promise<VaultAnswer> {
    const body = { deletion_allowed: true };
    await vault("POST", `${at(epoch)}/config`, { act: word("allow-deletion"), body });
    return vault("DELETE", at(epoch), { act: word("delete-key") });
  }

  return {
    /** A repeated request may find the key that it made itself: an epoch is lost, no key. */
    async create(epoch: number): Promise<"created" | "exists"> {
      const body = { type: "aes256-gcm96", exportable: false, allow_plaintext_backup: false };
      const answer = await vault("POST", at(epoch), { act: word("create-key"), body });
      const { warnings } = accepted(answer, epoch);
      return warnings.some((warning) => /exist/.test(warning)) ? "exists" : "created";
    },

    async derive(epoch: number, brief: boolean): Promise<KeyObject | null> {
      const input = Buffer.from(associatedData(["oubli-root-1", region, String(epoch)]));
      // The first version for ever: an operator may rotate the transit key.
      const body = { input: input.toString("base64"), key_version: 1, algorithm: "sha2-256" };
      const path = `${mount}/hmac/${prefix}${epoch}`;
      const answer = await vault("POST", path, { act: word("derive-root-key"), body, brief });
      if (answer.status === 400 && (await read(epoch)) === null) return null;
      const hmac = /^vault:v1:([A-Za-z0-9+/]{43}=)$/.exec(
        String(accepted(answer, epoch).data["hmac"]),
      );
      if (hmac === null)
        throw new OubliError("ROOT_REFUSED", { epoch, reason: word("not-a-vault") });
      return intoKey(Buffer.from(hmac[1]!, "base64"));
    },

    epochs: list,

    /**
     * Destroyed only when the engine no longer finds it, and proves to be the engine. A refusal of
     * the deletion is no answer yet: an earlier try, or another process, may have done it.
     */
    async destroy(epoch: number): Promise<string> {
      const found = await read(epoch);
      const deleted = found === null ? null : await remove(epoch);
      for (let looks = 1; ; looks += 1) {
        const left = await read(epoch);
        if (left === null && (await isProvedGone(epoch))) break;
        if (left !== null && deleted !== null) accepted(deleted, epoch);
        if (looks === LOOKS_MAX) {
          const reason = left === null ? word("not-proved-gone") : word("still-there");
          throw new OubliError("ROOT_UNAVAILABLE", { epoch, reason });
        }
        await sleep(LOOK_MS * looks);
      }
      if (found === null) return "already-absent";
      return copiesOf(found) ? "transit-key-deleted-copies-were-allowed" : "transit-key-deleted";
    },
  };
}

/** Whether someone could take the key out of Vault, or did. Keys are not made so here. */
function copiesOf(found: VaultAnswer["data"]): boolean {
  return (
    found["exportable"] === true ||
    found["allow_plaintext_backup"] === true ||
    found["imported_key"] === true ||
    found["backup_info"] !== undefined ||
    found["restore_info"] !== undefined
  );
}

function accepted(answer: VaultAnswer, epoch?: number): VaultAnswer {
  const { status } = answer;
  if (status === 200 || status === 204) return answer;
  throw new OubliError("ROOT_REFUSED", { status, ...(epoch === undefined ? {} : { epoch }) });
}

function epochOf(name: string, prefix: string): number | null {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^[1-9][0-9]{0,14}$/.test(digits) ? Number(digits) : null;
}
