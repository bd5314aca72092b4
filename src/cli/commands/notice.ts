import { noticeDigest, noticeHtml } from "#accountability";

import { command } from "../command.ts";
import { table } from "../table.ts";
import { PAGE_FLAGS, writeNew } from "../write-new.ts";

export const notice = command({
  name: "notice",
  summary: "What people have to be told: what is kept, why, how long (GDPR Art. 13).",
  flags: PAGE_FLAGS,

  async run(cli, { out, force }) {
    await using opened = await cli.open();
    const facts = opened.only().accountability.notice();
    const digest = noticeDigest(facts);
    if (out !== undefined) await writeNew(cli.folder, out, noticeHtml(facts, digest), { force });
    const rows = Object.entries(facts.purposes).map(([purpose, one]) => [
      purpose,
      one.basis ?? "no basis",
      one.retention ?? "no limit",
      one.recipients.join(" ") || "nobody",
      one.categories?.join(" ") ?? "nothing",
    ]);
    return {
      json: { digest, facts },
      text: [
        ...table([["purpose", "basis", "kept", "given to", "what"], ...rows]),
        "",
        digest,
        ...(out === undefined ? [] : ["Written: 1 page."]),
      ],
    };
  },
});
