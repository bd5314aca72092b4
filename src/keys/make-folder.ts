import { existsSync, mkdirSync, opendirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, and those above it, for their owner alone. One by one: Node's own `recursive`
 * never returns where a folder that exists takes none, such as `/proc`.
 *
 * @throws {NodeJS.ErrnoException}
 */
export function makeFolderFor(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.toReversed()) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      // Another process made it a moment ago.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  // What is there may be a file.
  opendirSync(path).closeSync();
}
