import type { DraftName } from "#breach";

import { command } from "../command.ts";
import { writeNew } from "../write-new.ts";
import { INCIDENT } from "./breach-update.ts";

export const breachDraft = command({
  name: "breach draft",
  summary: "Write a notification or a letter from what is known of an incident.",
  args: {
    incident: INCIDENT,
    draft: { help: "gdpr-authority, gdpr-people, hipaa-people, hipaa-media, hipaa-hhs, …" },
  },
  flags: {
    html: { type: "boolean", help: "As a page" },
    out: { type: "string", value: "file", help: "Write it to a file" },
  },
  details: [
    "Also california-people, california-attorney-general, lgpd-authority, lgpd-people.",
    "A field that nobody has filled is an error that names it: breach update fills it.",
  ],

  async run(cli, { incident, draft: name, html, out }) {
    await using opened = await cli.open();
    const draft = await opened.only().breach.draft(incident, name as DraftName);
    const written = html ? draft.html : draft.text;
    if (out !== undefined) await writeNew(cli.folder, out, written);
    return {
      json: draft,
      text: out === undefined ? written.trimEnd().split("\n") : ["Written: 1 file."],
    };
  },
});
