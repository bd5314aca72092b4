import { resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

import { PROCESSES_VARIABLE, type TestProcess } from "./processes.ts";
import { watchdog, type Hung } from "./watchdog.ts";

/**
 * A reporter that shows what failed, when it did and once more at the end, of which the last line is
 * `N passed, N failed, N skipped`. Only leaves count: a `describe` is not a test, nor is a process.
 */
export default async function* summary(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, skipped: 0 };
  const processes: readonly TestProcess[] = JSON.parse(process.env[PROCESSES_VARIABLE] ?? "[]");
  const silent = new Set(processes.flatMap(({ files }) => files));
  const watching = watchdog(processes);
  const failures: string[] = [];
  const failed = (what: string, why: string): string => {
    failures.push(`\nFAILED: ${what}\n${why}\n`);
    return `${failures.at(-1)}\n`;
  };
  for await (const event of source) {
    const hung = watching.hear(event);
    if (hung !== undefined) {
      process.exitCode = 1;
      yield failed(`${hung.title} (${hung.file})`, endOf(hung));
    }
    if (event.type === "test:stdout" || event.type === "test:stderr") yield event.data.message;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, details, skip } = event.data;
    const hook =
      event.type === "test:fail" && failureType(event.data.details.error) === "hookFailed";
    const isProcess = file !== undefined && resolve(name) === file;
    if (isProcess && (event.type === "test:pass" || watching.ended(name))) continue;
    const path = file?.replace(`${process.cwd()}/`, "") ?? "";
    if (!isProcess) silent.delete(path);
    if (details.type === "suite" && !hook) continue;
    const where = path && ` (${path})`;
    if (skip !== undefined && skip !== false) {
      counts.skipped += 1;
      yield `skipped: ${name}${where}: ${skip === true ? "no reason given" : skip}\n`;
    } else if (event.type === "test:pass") {
      counts.passed += 1;
      const seconds = (details.duration_ms ?? 0) / 1000;
      if (seconds > 5) yield `${seconds.toFixed(1)} s: ${name}${where}\n`;
    } else {
      yield failed(`${name}${where}`, messageOf(event.data.details.error));
    }
  }
  for (const file of silent) {
    process.exitCode = 1;
    yield failed(`no test of it ran (${file})`, "its process ended before, or it has none");
  }
  if (failures.length > 0) yield `\nWhat failed, once more:\n${failures.join("")}\n`;
  yield `${counts.passed} passed, ${failures.length} failed, ${counts.skipped} skipped\n`;
}

function endOf({ seconds }: Hung): string {
  return `Nothing was heard of its file for ${seconds} s since it began or ended; it was ended here.`;
}

/** A suite fails with its tests, which are counted; with its hook, it is the hook that matters. */
function failureType(error: Error & { failureType?: string }): string | undefined {
  return error.failureType;
}

function messageOf(error: Error & { cause?: unknown }): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
