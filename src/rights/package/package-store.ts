import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { isCode, isId, OubliError, type CaseId, type Word } from "#kernel";

/** Whose package, and which. */
export interface PackageRef {
  readonly tenant: Word;
  readonly id: CaseId;
}

/** Where sealed packages lie until they are fetched. It sees nothing but noise. */
export interface PackageStore {
  /**
   * Durable when it resolves; a write that failed leaves nothing that {@link read} finds.
   *
   * @throws {OubliError} `PACKAGE_GONE` where it was removed meanwhile.
   */
  write(ref: PackageRef, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws {OubliError} `NOT_FOUND`. */
  read(ref: PackageRef): AsyncIterable<Uint8Array>;
  /** Idempotent. */
  remove(ref: PackageRef): Promise<void>;
  /** Of what was written, and of writes that a crash left half-way. */
  list(): Promise<readonly PackageRef[]>;
}

const WRITTEN = ".sealed";
const WRITING = ".part";

/** A folder for one region's packages, readable by its owner alone. */
export function packageFolder(folder: string): PackageStore {
  const path = ({ tenant, id }: PackageRef, ending: string): string =>
    join(folder, `${tenant}.${id}${ending}`);
  return {
    async write(ref, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const part = path(ref, WRITING);
      const file = await open(part, "w", 0o600);
      try {
        for await (const chunk of bytes) await file.appendFile(chunk);
        await file.sync();
      } catch (error) {
        await file.close();
        await rm(part, { force: true });
        throw error;
      }
      await file.close();
      await rename(part, path(ref, WRITTEN)).catch(throwGone("PACKAGE_GONE"));
    },
    async *read(ref) {
      try {
        yield* createReadStream(path(ref, WRITTEN)) as AsyncIterable<Uint8Array>;
      } catch (error) {
        throwGone("NOT_FOUND")(error);
      }
    },
    async remove(ref) {
      await rm(path(ref, WRITTEN), { force: true });
      await rm(path(ref, WRITING), { force: true });
    },
    async list() {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      return names.flatMap(refOf);
    },
  };
}

/** What is not there has a code of ours; the system's own text would tell the path. */
const throwGone =
  (code: "PACKAGE_GONE" | "NOT_FOUND") =>
  (error: unknown): never => {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? new OubliError(code) : error;
  };

/** Both of one package's names lead to it; whatever else lies there is not ours. */
function refOf(name: string): PackageRef[] {
  const [tenant, id, ending, ...more] = name.split(".");
  const ours = more.length === 0 && (ending === "sealed" || ending === "part");
  return ours && isCode(tenant) && isId("case", id) ? [{ tenant, id }] : [];
}
