import { resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

/** Names the files that are run, one a line: each must show a test. */
export const FILES_VARIABLE = "OUBLI_TEST_FILES";

/**
 * A reporter that shows what failed, and ends with one line: `N passed, N failed, N skipped`.
 * Only leaves count: a `describe` is not a test, nor is a process.
 */
export default async function* summary(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const silent = new Set((process.env[FILES_VARIABLE] ?? "").split("\n").filter(Boolean));
  for await (const event of source) {
    if (event.type === "test:stdout" || event.type === "test:stderr") yield event.data.message;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, details, skip } = event.data;
    const hook =
      event.type === "test:fail" && failureType(event.data.details.error) === "hookFailed";
    const isProcess = file !== undefined && resolve(name) === file;
    if (isProcess && event.type === "test:pass") continue;
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
      counts.failed += 1;
      yield `\nFAILED: ${name}${where}\n${messageOf(event.data.details.error)}\n\n`;
    }
  }
  for (const file of silent) {
    counts.failed += 1;
    process.exitCode = 1;
    yield `\nFAILED: no test of it ran (${file})\n`;
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

/** A suite fails with its tests, which are counted; with its hook, it is the hook that matters. */
function failureType(error: Error & { failureType?: string }): string | undefined {
  return error.failureType;
}

function messageOf(error: Error & { cause?: unknown }): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
