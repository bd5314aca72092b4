import { open, rm } from "node:fs/promises";
import type { Writable } from "node:stream";

import { OubliError } from "#kernel";
import type { Caller } from "#memory";
import {
  makePackage,
  type CameFrom,
  type Consume,
  type MadePackage,
  type PackageWorld,
} from "#rights";
import { arrivalOf } from "#transfer";

import { check, inputError, shapes } from "./input/index.ts";
import { packageShapes } from "./input/package-shapes.ts";
import type { EngineWorld } from "./world.ts";

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
}

export function packageFace(world: EngineWorld, caller: Caller): PackageFace {
  return {
    async package(to, options = {}) {
      const path = typeof to === "string" ? check(packageShapes.path, to, "to") : null;
      if (path === null) check(shapes.sink, to, "to", { depth: 0 });
      const { onProgress, ...person } = check(packageShapes.package, options, "options");
      const progress = (onProgress as PackageOptions["onProgress"]) ?? (() => {});
      const call = { ...(await callOf(world, caller)), ...person };
      const consume =
        path === null ? intoStream(to as Writable, progress) : intoFile(path, progress);
      return makePackage(officeOf(world), call, consume);
    },
  };
}

/** Until the region knows its sources. */
function officeOf(world: EngineWorld): PackageWorld {
  return { ...world, sources: new Map(), preChecks: new Map() };
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
  return { at: arrival.at, from: arrival.from, mechanism: mechanism as never, document };
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

/** A stream that takes no more waits; one that fails, fails the package. It stays open. */
function intoStream(stream: Writable, onProgress: Progress): Consume {
  return async (bytes) => {
    let written = 0;
    for await (const chunk of bytes) {
      await new Promise<void>((resolve, reject) => {
        stream.write(chunk, (error) => {
          if (error) reject(new OubliError("STORE_UNAVAILABLE", {}, error));
          else resolve();
        });
      });
      onProgress((written += chunk.length));
    }
  };
}
