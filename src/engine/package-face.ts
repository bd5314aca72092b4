import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";

import {
  DAY_MS,
  describe,
  later,
  OubliError,
  SYSTEM_ACTOR,
  word,
  type Acting,
  type CaseId,
  type EpochMs,
  type SubjectId,
  type Word,
} from "#kernel";
import { admit, type Caller } from "#memory";
import {
  keepPackage,
  makePackage,
  openPackage,
  packageFolder,
  revokePackages,
  sweepPackages,
  waitingPackages,
  type CameFrom,
  type Consume,
  type KeepingWorld,
  type KeptPackage,
  type MadePackage,
  type OpenedPackage,
  type PackageStore,
} from "#rights";
import { arrivalOf } from "#transfer";

import { check, inputError } from "./input/index.ts";
import { packageShapes } from "./input/package-shapes.ts";
import type { EngineWorld } from "./world.ts";
import { writeTo } from "./write-to.ts";

export interface PackageOptions {
  /** Names that the person goes by: what was said under another name is somebody else's. */
  readonly names?: readonly string[] | undefined;
  /** Further names that other systems know them by, such as `email`. */
  readonly identifiers?: Readonly<Record<string, string>> | undefined;
  /** Told how many bytes were written. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface PackageFace {
  /**
   * Everything held about the person, as a ZIP for people and machines to read: into a new file,
   * readable by its owner only, or into a stream. For the person and the privacy officer.
   *
   * @throws {OubliError} the policy's refusal; `STORE_…` where it cannot be written.
   * @source GDPR Art. 15, 20
   */
  package(to: string | Writable, options?: PackageOptions): Promise<MadePackage>;
  /**
   * The same, sealed in the folder `packages`, with a link that opens it once. For the same.
   *
   * @throws {OubliError} `CONFIG_INVALID` where no such folder was given.
   */
  keepPackage(options?: KeepOptions): Promise<KeptPackage>;
  /**
   * Takes back every link of this person's that was not used to its end, and destroys what it
   * opened. For the same.
   *
   * @throws {OubliError} `CONFIG_INVALID` where no such folder was given.
   */
  revokePackages(): Promise<{ readonly revoked: number }>;
  /** The packages behind links that were not used to their end, newest first. For the same. */
  waitingPackages(): Promise<readonly WaitingPackage[]>;
}

export interface WaitingPackage {
  readonly case: CaseId;
  /** `making`, `ready`, `opened`. */
  readonly state: Word;
  readonly openedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

export interface KeepOptions {
  /** As in {@link PackageOptions}. */
  readonly names?: readonly string[] | undefined;
  readonly identifiers?: Readonly<Record<string, string>> | undefined;
  /** When link and package end: within 30 days. Default: in 7 days. */
  readonly expires?: Date | number | undefined;
}

export interface PackagesFace {
  /**
   * The package that a link names: once, for whoever has the link. Read to its end it is destroyed;
   * one that broke off may be tried again, three times in all.
   *
   * @throws {OubliError} `NOT_FOUND`, `PACKAGE_GONE`, `CONFLICT` while it is being fetched.
   */
  openPackage(link: string): Promise<OpenedPackage>;
}

const KEPT_DAYS = 7;
const KEPT_DAYS_MAX = 30;

export function packageFace(world: EngineWorld, caller: Caller): PackageFace {
  return {
    async package(to, options = {}) {
      const path = typeof to === "string" ? check(packageShapes.path, to, "to") : null;
      if (path === null) check(packageShapes.sink, to, "to", { depth: 0 });
      const { onProgress, ...person } = check(packageShapes.package, options, "options");
      const progress = (onProgress as PackageOptions["onProgress"]) ?? (() => {});
      const call = { ...(await callOf(world, caller)), ...person };
      const consume =
        path === null ? intoStream(to as Writable, progress) : intoFile(path, progress);
      return makePackage(world, call, consume);
    },
    keepPackage: (options = {}) => keepFor(world, caller, options, null),
    async revokePackages() {
      await admit(world, { verb: "export", caller, purpose: null, session: null });
      return { revoked: await revokePackages(keeping(world), caller) };
    },
    async waitingPackages() {
      await admit(world, { verb: "export", caller, purpose: null, session: null });
      const waiting = await waitingPackages(world, caller);
      return waiting.map(({ id, state, openedAt, facts }) => ({
        case: id,
        state,
        openedAt,
        expiresAt: facts["expiresAt"] as EpochMs,
      }));
    },
  };
}

/** @param parent The request that it answers: denied or taken back, it takes the link with it. */
export async function keepFor(
  world: EngineWorld,
  caller: Caller,
  options: KeepOptions,
  parent: CaseId | null,
): Promise<KeptPackage> {
  const { expires, ...person } = check(packageShapes.keep, options, "options");
  const now = world.clock.now();
  const expiresAt = expires ?? later(now, KEPT_DAYS * DAY_MS);
  if (expiresAt <= now || expiresAt > later(now, KEPT_DAYS_MAX * DAY_MS)) {
    throw inputError(["options", "expires"], options.expires, "within 30 days");
  }
  const cameFrom = await cameFromOf(world, caller);
  return keepPackage(keeping(world), { caller, cameFrom, expiresAt, parent, ...person });
}

/**
 * Ends what waits of a person, or of one request, behind an act that makes it void. What cannot be
 * ended now opens no more all the same, and the sweep ends it.
 */
export async function endWaiting(
  world: EngineWorld,
  { tenant, actor }: Acting,
  { subject, parent }: { readonly subject: SubjectId | null; readonly parent?: CaseId },
): Promise<void> {
  if (world.packages === null || subject === null) return;
  const which = { tenant, actor, subject, ...(parent ? { parent } : {}) };
  await revokePackages(keeping(world), which).catch(() => {});
}

export function packagesFace(world: EngineWorld, who: Acting): PackagesFace {
  return {
    async openPackage(link) {
      const given = check(packageShapes.link, link, "link");
      if (world.packages === null) throw new OubliError("NOT_FOUND");
      return openPackage(keeping(world), who, given);
    },
  };
}

/** Where a region's packages lie, if they are kept at all. */
export function packagesIn(
  given: string | Readonly<Record<string, string>> | undefined,
  region: string,
): PackageStore | null {
  const folder = typeof given === "string" ? join(given, region) : given?.[region];
  return folder === undefined ? null : packageFolder(folder);
}

/** Part of the sweep: what nobody fetched. */
export async function endPackages(world: EngineWorld): Promise<void> {
  if (world.packages !== null) await sweepPackages(keeping(world), SYSTEM_ACTOR);
}

function keeping(world: EngineWorld): KeepingWorld {
  const { packages } = world;
  if (packages !== null) return { ...world, packages };
  throw new OubliError("CONFIG_INVALID", {
    field: word("packages"),
    given: describe(undefined),
    accepted: word("folder"),
  });
}

/** What a package of this person needs to be told. */
async function callOf(world: EngineWorld, caller: Caller) {
  const id = world.ids.next("case");
  return { caller, id, request: id, cameFrom: await cameFromOf(world, caller) };
}

async function cameFromOf(world: EngineWorld, { subject }: Caller): Promise<CameFrom | null> {
  const arrival = await arrivalOf(world, subject);
  if (arrival === null) return null;
  const { mechanism, document } = arrival.authorisation;
  const { at, from, lost } = arrival;
  return { at, from, mechanism: mechanism as never, document, lost };
}

type Progress = (bytes: number) => void;

/** A file of its own, for its owner alone. What was not finished is removed. */
function intoFile(path: string, onProgress: Progress): Consume {
  return async (bytes) => {
    const file = await open(path, "wx", 0o600).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" || code === "ENOENT") throw inputError(["to"], path, "a new file");
      throw new OubliError("STORE_UNAVAILABLE", {}, error);
    });
    try {
      let written = 0;
      for await (const chunk of bytes) {
        await file.appendFile(chunk);
        onProgress((written += chunk.length));
      }
      await file.sync();
      await file.close();
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true });
      throw error;
    }
  };
}

function intoStream(stream: Writable, onProgress: Progress): Consume {
  return async (bytes) => {
    let written = 0;
    for await (const chunk of bytes) {
      await writeTo(stream, chunk);
      onProgress((written += chunk.length));
    }
  };
}
