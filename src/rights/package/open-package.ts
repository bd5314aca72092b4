import { storedEntries, type EntryType } from "#audit";
import { advance, closeCase, loadCase } from "#cases";
import {
  isOubliError,
  MINUTE_MS,
  OubliError,
  word,
  type Acting,
  type Actor,
  type Word,
} from "#kernel";

import type { KeepingWorld } from "./keep-package.ts";
import { isSecretOf, keyOf, readLink, type KeptCase, type KeptFile } from "./kept-file.ts";
import { openStream } from "./sealed-stream.ts";

/** A package that is being fetched. */
export interface OpenedPackage {
  readonly fileName: string;
  /** The ZIP. Read to its end, the link is used up, and the package is destroyed. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** How long a fetch that broke off may still be under way. */
const FETCH_MS = 15 * MINUTE_MS;

/** Of 64 KiB each. */
const CHUNKS_A_LOOK = 16;

/** Fetches that broke off before the link is given up. */
const OPENED_MAX = 3;

/**
 * Opens the package that a link names: once. That it was opened is in the ledger before its first
 * byte is given out.
 *
 * A fetch that broke off (the line, the process) may be tried again, three times in all: of two at
 * once one is refused, and behind one that came to its end there is nothing left.
 *
 * @throws {OubliError} `NOT_FOUND` for a link that is nobody's; `PACKAGE_GONE` once it was used, its
 *   time is over, or something in it was erased or corrected since; `CONFLICT` while it is fetched.
 */
export async function openPackage(
  world: KeepingWorld,
  { tenant, actor }: Acting,
  link: string,
): Promise<OpenedPackage> {
  const { region, id, secret } = readLink(link);
  if (region !== world.region) throw new OubliError("NOT_FOUND");
  const found = await loadCase<KeptFile>(world, { tenant, kind: "package", id });
  const { file } = found;
  if (file === null) throw new OubliError("PACKAGE_GONE");
  if (!isSecretOf(file, secret)) throw new OubliError("NOT_FOUND");
  const now = world.clock.now();
  if (now >= file.expiresAt || file.opened >= OPENED_MAX || (await isOvertaken(world, found))) {
    await endPackage(world, found, { actor, state: word("ended") });
    throw new OubliError("PACKAGE_GONE");
  }
  const fetching = file.openedAt !== null && now < file.openedAt + FETCH_MS;
  if (found.state !== "ready" && (found.state !== "opened" || fetching)) {
    throw new OubliError("CONFLICT");
  }
  // Of two at once the slower one meets CONFLICT here.
  const opened = await advance(world, found, {
    actor,
    state: word("opened"),
    file: { ...file, opened: file.opened + 1, openedAt: now },
    entry: { t: "package" },
  });
  return { fileName: "your-personal-data.zip", bytes: bytesOf(world, opened, actor) };
}

async function* bytesOf(
  world: KeepingWorld,
  opened: KeptCase,
  actor: Actor,
): AsyncGenerator<Uint8Array> {
  let whole = false;
  try {
    let chunks = 0;
    for await (const chunk of openStream(keyOf(opened.file!), world.packages.read(opened))) {
      // Whoever fetches slowly is given nothing of what is erased meanwhile.
      const looks = chunks % CHUNKS_A_LOOK === 0;
      if (looks && (await isOvertaken(world, opened))) throw new OubliError("PACKAGE_GONE");
      chunks += 1;
      yield chunk;
    }
    whole = true;
  } finally {
    // The sweep may have ended it meanwhile: it was given all the same.
    if (whole) await endPackage(world, opened, { actor, state: word("delivered") });
    else await giveBack(world, opened, actor);
  }
}

/** It broke off: the link may be tried again at once. */
async function giveBack(world: KeepingWorld, opened: KeptCase, actor: Actor): Promise<void> {
  const file = { ...opened.file!, openedAt: null };
  const step = { actor, state: word("ready"), file, entry: { t: "package" } } as const;
  await advance(world, opened, step).catch(() => {});
}

/** Who ends a package, and how it ended. */
export interface Ending {
  readonly actor: Actor;
  readonly state: Word;
}

/** Ends a package: first its key, then its bytes. */
async function destroyPackage(
  world: KeepingWorld,
  kept: KeptCase,
  { actor, state }: Ending,
): Promise<void> {
  await closeCase(world, kept, { actor, state, destroyFile: true, entry: { t: "package" } });
  await world.packages.remove(kept);
}

/** One that another process takes a step with at this moment is left to it, or to the next sweep. */
export async function endPackage(world: KeepingWorld, kept: KeptCase, by: Ending): Promise<0 | 1> {
  try {
    await destroyPackage(world, kept, by);
    return 1;
  } catch (error) {
    if (isOubliError(error, "CONFLICT")) return 0;
    throw error;
  }
}

/** What takes something away that the package may still hold. */
const OVERTAKES: ReadonlySet<EntryType> = new Set([
  "erase.intent",
  "correct.intent",
  "transfer.intent",
]);

/** Requests that ended so are not answered with what they asked for. */
const REFUSED: ReadonlySet<Word> = new Set([word("denied"), word("withdrawn")]);

/**
 * Whether something was erased or corrected since, or its request was denied or taken back: then
 * the package holds what nobody may have.
 *
 * @source GDPR Art. 12(6), 16, 17(1)
 */
export async function isOvertaken(world: KeepingWorld, kept: KeptCase): Promise<boolean> {
  const { audit, cases } = world;
  const request = kept.parent === null ? null : await cases.load(kept.tenant, kept.parent);
  if (request !== null && REFUSED.has(request.state)) return true;
  const since = { from: kept.file?.ledger ?? 0, subject: kept.subject! };
  for await (const { type } of storedEntries(audit.store, "ledger", since)) {
    if (OVERTAKES.has(type)) return true;
  }
  return false;
}
