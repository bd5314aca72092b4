import { createReadStream } from "node:fs";
import { resolve } from "node:path";

import { CliError } from "../cli-error.ts";
import { command, EXIT } from "../command.ts";
import { count, memories } from "../table.ts";

export const importFile = command({
  name: "import",
  summary: "Import JSON lines: sessions with turns, or one memory a line.",
  flags: {
    from: { type: "string", required: true, value: "file", help: "The file" },
    purpose: { type: "string", value: "code", help: "Why it may be used (default: assistant)" },
    subject: { type: "string", value: "name", help: "The person (default: each line says so)" },
    jurisdiction: { type: "string", value: "code", help: "Where they live: chooses their region" },
    category: { type: "string", value: "code", help: "What kind of personal data it is" },
    also: { type: "list", value: "code", help: "A purpose that turns may name beside --purpose" },
    consentVersion: {
      type: "string",
      value: "version",
      help: "The notice they agreed to: gives consent to --purpose at registration",
    },
    mechanism: { type: "string", value: "code", help: "How they agreed (default: import)" },
    strict: { type: "boolean", help: "Stop at the first line that is refused" },
  },
  details: [
    "A line is one memory, or a conversation with its turns in order:",
    '  {"subject": "ada", "content": "Likes tea.", "id": "crm-9", "time": "2026-05-04"}',
    '  {"subject": "ada", "session": "s1", "time": "2026-05-04T10:00Z",',
    '   "turns": [{"id": 1, "speaker": "Ada", "text": "I moved to Lyon."}]}',
    "Both take speaker, role, category and purpose for each memory; a conversation in one line.",
    "An id makes a second import of the same event recognisable, even after an erasure.",
  ],

  async run(cli, { from, purpose = "assistant", subject, category, also, ...flags }) {
    const { importLines } = await import("../import/import-lines.ts");
    const path = resolve(cli.folder, from);
    const total = await memoriesIn(path);
    await using opened = await cli.open();
    const { consentVersion, mechanism = "import", strict, jurisdiction } = flags;
    const bar = cli.terminal.progress("Memories imported", total);
    const report = await importLines(opened.oubli, path, {
      subject: subject ?? null,
      purpose,
      purposes: also,
      category: category ?? null,
      jurisdiction: jurisdiction ?? null,
      consent: consentVersion === undefined ? null : { policyVersion: consentVersion, mechanism },
      strict,
      onProgress: (memories) => bar.step(memories),
    }).finally(() => bar.end());
    const { lines, stored, known, erased, malformed } = report;
    return {
      json: report,
      text: [
        `Imported ${memories(stored)} from ${count(lines, "line")}.`,
        ...(known > 0 ? [`${known} were there already.`] : []),
        ...(erased > 0 ? [`${erased} had been erased before, and were not stored again.`] : []),
        ...malformed.map(({ line, reason }) => `Not imported, line ${line}: ${reason}`),
      ],
      exit: malformed.length > 0 ? EXIT.error : EXIT.done,
    };
  },
});

/** Only for the progress bar: an estimate by the marks that every memory has. */
async function memoriesIn(path: string): Promise<number> {
  let found = 0;
  try {
    for await (const chunk of createReadStream(path, "utf8")) {
      found += String(chunk).match(/"(?:text|content)"\s*:/g)?.length ?? 0;
    }
  } catch {
    throw new CliError("FILE", "--from names a file that cannot be read");
  }
  return found;
}
