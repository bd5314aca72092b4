import { resolve } from "node:path";

import { refuseTaken } from "../certificate-files.ts";
import { command } from "../command.ts";
import { erasureAnswer } from "../erasure-answer.ts";
import { personOf, SUBJECT } from "../person.ts";

export const forget = command({
  name: "forget",
  summary: "Erase memories, and everything made from them, at once. It cannot be undone.",
  args: { subject: SUBJECT, nodes: { help: "The memories' ids: node_…", many: true } },
  flags: {
    reason: {
      type: "string",
      value: "code",
      help: "Why: a configured reason (default: subject-request)",
    },
    certificate: { type: "string", value: "folder", help: "Write the certificate's files here" },
  },

  async run(cli, { subject, nodes, reason, certificate: to }) {
    if (to !== undefined) refuseTaken(resolve(cli.folder, to), "--certificate");
    await using opened = await cli.open();
    const person = await personOf(opened, subject);
    const certificate = await person.forget(nodes, reason === undefined ? {} : { reason });
    return erasureAnswer(cli, certificate, to);
  },
});
