import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Files in one process: loading the product takes longer than what most of them do. */
const FILES_MAX = 10;

/** Long proofs, and what starts, kills or measures processes, have one of their own. */
const ALONE = /^test\/(gates|journeys|model|proofs)\//;

/** What reaches all of a process: hooks outside of any suite, stand-ins, a look at its memory, a browser. */
const REACHES_OTHERS =
  /^(before|after)(Each)?\(|\bmock\.|process\.(on|env\b.*\] = )|memoryUsage|node:v8|support\/browser/m;

/** A process of the runner's. */
export interface TestProcess {
  /** What it is given to run. */
  readonly entry: string;
  readonly files: readonly string[];
}

/** Names the processes that are run, as JSON: each of their files must show a test. */
export const PROCESSES_VARIABLE = "OUBLI_TEST_PROCESSES";

/** Without those that others import: they hold what tests share, and no test. */
export function withoutShared(files: readonly string[]): readonly string[] {
  const shared = new Set(files.flatMap(importedTests));
  return files.filter((file) => !shared.has(file));
}

function importedTests(file: string): readonly string[] {
  const found = readFileSync(file, "utf8").matchAll(/ from "(\..*\.test\.ts)"/g);
  return [...found].map(([, path]) => join(dirname(file), path!));
}

/**
 * The processes that test files are run in: of a file, or of one made here in `folder` that imports
 * several. Those that wait stand between those that reckon.
 */
export function processesOf(files: readonly string[], folder: string): readonly TestProcess[] {
  const isAlone = (file: string): boolean =>
    ALONE.test(file) || REACHES_OTHERS.test(readFileSync(file, "utf8"));
  const alone = files.filter(isAlone).map((file) => ({ entry: file, files: [file] }));
  const together = files.filter((file) => alone.every(({ entry }) => entry !== file));
  const groups = Array.from({ length: Math.ceil(together.length / FILES_MAX) }, (_, at) =>
    together.slice(at * FILES_MAX, (at + 1) * FILES_MAX),
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const shared = groups.map((group, at) => {
    if (group.length === 1) return { entry: group[0]!, files: group };
    const entry = join(folder, `${at}.mjs`);
    const imports = group.map(
      (file) => `import ${JSON.stringify(pathToFileURL(resolve(file)))};\n`,
    );
    writeFileSync(entry, imports.join(""));
    return { entry, files: group };
  });
  return evenly(alone, shared);
}

function evenly<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return lists
    .flatMap((list) => list.map((item, at) => ({ item, at: at / list.length })))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
