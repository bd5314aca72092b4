import type { Json } from "#kernel";

import type { Send } from "./connection.ts";
import { binary, bytesOf, plainText } from "./keys.ts";

interface Commands {
  /** Answers how many it removed. */
  remove(key: string, member: string): readonly string[];
  /** Answers `null` when there is none. */
  look(key: string, member: string): readonly string[];
}

/** By the type of the key. */
const COMMANDS: Readonly<Record<string, Commands>> = {
  set: {
    remove: (key, member) => ["SREM", key, member],
    look: (key, member) => ["SISMEMBER", key, member],
  },
  zset: {
    remove: (key, member) => ["ZREM", key, member],
    look: (key, member) => ["ZSCORE", key, member],
  },
  hash: {
    remove: (key, field) => ["HDEL", key, field],
    look: (key, field) => ["HGET", key, field],
  },
  list: {
    remove: (key, element) => ["LREM", key, "0", element],
    look: (key, element) => ["LPOS", key, element],
  },
};

/** Removes one element from a key that all people share; answers how many there were. */
export async function removeMember(send: Send, key: string, member: string): Promise<number> {
  const commands = await commandsOf(send, key);
  if (commands === null) return 0;
  return Number(await send(...commands.remove(binary(key), binary(member)).map(bytesOf)));
}

/** What stands there for the element; `null`: nothing. */
export async function readMember(send: Send, key: string, member: string): Promise<Json> {
  const commands = await commandsOf(send, key);
  if (commands === null) return null;
  const [name, ...rest] = commands.look(binary(key), binary(member));
  const answer = await send(...[name!, ...rest].map(bytesOf));
  if (answer === null || (name === "SISMEMBER" && answer === 0)) return null;
  return answer instanceof Uint8Array ? plainText(Buffer.from(answer).toString("latin1")) : true;
}

async function commandsOf(send: Send, key: string): Promise<Commands | null> {
  const type = String(await send("TYPE", bytesOf(binary(key))));
  if (type === "none") return null;
  const commands = COMMANDS[type];
  if (commands === undefined) throw new TypeError("a key of another type than was declared");
  return commands;
}
