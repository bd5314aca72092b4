/** Ends test files that hang, and says so: a run that is cut from outside says nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

import { THOROUGH } from "../test/proofs/support/thorough.ts";
import type { TestProcess } from "./processes.ts";

/** Seconds without a word after which a file's processes are ended; 0: never. */
export const SILENCE_VARIABLE = "OUBLI_TEST_SILENCE_S";
const SILENCE_S = 240;
const NOTE_S = 60;

/** The test that began last in a process which is running. */
interface Running {
  readonly title: string;
  readonly file: string;
  readonly at: number;
  /** Where it writes to; `null`: it has not been looked at. */
  readonly output: readonly string[] | null;
}

/** Where a process was ended, and behind which test. */
export interface Hung extends Pick<Running, "title" | "file"> {
  readonly seconds: number;
}

export interface Watchdog {
  /**
   * To be told of each event as it comes.
   *
   * @returns where a process hung, when it is over that was ended here.
   */
  hear(event: TestEvent): Hung | undefined;
  /** Whether the process of `entry` was ended here. */
  ended(entry: string): boolean;
}

export function watchdog(processes: readonly TestProcess[]): Watchdog {
  const limit = Number(process.env[SILENCE_VARIABLE] ?? (THOROUGH ? 0 : SILENCE_S));
  const entries = new Map(
    processes.flatMap(({ entry, files }) =>
      [entry, ...files].map((file) => [resolve(file), entry] as const),
    ),
  );
  const running = new Map<string, Running>();
  const hung = new Map<string, Hung>();

  const look = (): void => {
    for (const [entry, { title, file, at, output }] of running) {
      const seconds = Math.floor((performance.now() - at) / 1000);
      if (limit > 0 && seconds >= limit && !hung.has(entry)) {
        hung.set(entry, { title, file, seconds });
        endProcesses(entry, output ?? []);
      } else if (seconds > 0 && seconds % NOTE_S === 0) {
        process.stderr.write(`${seconds} s without a word: ${title} (${file})\n`);
      }
    }
  };
  setInterval(look, 1000).unref();

  return {
    hear({ type, data }) {
      // Other events come in the order of the files, and not as they happen.
      if (type !== "test:dequeue" && type !== "test:complete") return undefined;
      const { name, file = "" } = data;
      const entry = entries.get(resolve(file));
      if (entry === undefined) {
        // Told in a module that several may share: whose word it is cannot be seen.
        for (const [each, known] of running) running.set(each, { ...known, at: performance.now() });
        return undefined;
      }
      const known = running.get(entry);
      if (resolve(name) === resolve(entry)) {
        const begun = { title: "no test of it began", file: entry, output: null };
        if (type === "test:complete") {
          running.delete(entry);
          return hung.get(entry);
        }
        running.set(entry, { ...begun, at: performance.now() });
      } else if (known !== undefined) {
        const output = known.output ?? outputOf(childOf(entry) ?? 0);
        const begun = type === "test:dequeue" && { title: name, file: relative(".", file) };
        running.set(entry, { ...known, ...begun, output, at: performance.now() });
      }
      return undefined;
    },
    ended: (entry) => hung.has(entry),
  };
}

/** Ends a file's process with all that it started, and whoever else keeps its output open. */
function endProcesses(entry: string, output: readonly string[]): void {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 ** 2,
  });
  const rows = [...table.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(([, pid, parent, args]) => {
    return { pid: Number(pid), parent: Number(parent), args: args! };
  });
  const isFile = ({ parent, args }: (typeof rows)[number]): boolean =>
    parent === process.pid && args.endsWith(` ${entry}`);
  // Whose parent has ended is nobody's child; but what it has inherited keeps the file open.
  const holds = ({ pid }: (typeof rows)[number]): boolean =>
    pid !== process.pid && outputOf(pid).some((one) => output.includes(one));
  const family = new Set(rows.filter((row) => isFile(row) || holds(row)).map(({ pid }) => pid));
  // What is added to a set while it is gone through, is gone through as well.
  for (const one of family) {
    for (const { pid, parent } of rows) if (parent === one) family.add(pid);
  }
  for (const pid of family) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Where a process writes to, as Linux names it: others that have it have inherited it. */
function outputOf(pid: number): readonly string[] {
  try {
    return [1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)).filter(isOwn);
  } catch {
    return [];
  }
}

/** A pipe or a socket, and not a file or device that many share. */
const isOwn = (target: string): boolean => /^(pipe|socket):/.test(target);

/** The process of `entry`, of those that this one has started; where there is no `/proc`, none. */
function childOf(entry: string): number | null {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    const runs = (pid: string): boolean =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").endsWith(`\0${entry}\0`);
    return Number(children.match(/\d+/g)?.find(runs) ?? 0) || null;
  } catch {
    return null;
  }
}
