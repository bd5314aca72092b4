import { resolve } from "node:path";

import { writeErasure } from "../certificate-files.ts";
import { command } from "../command.ts";

export const certificateWrite = command({
  name: "certificate write",
  summary:
    "Write an erasure's newest certificate, and the one of other systems once they are done.",
  args: {
    subject: { help: "Their id in the log, sub_…: as `certificate list` has it" },
    erasure: { help: "The erasure's id: era_…" },
  },
  flags: { to: { type: "string", value: "folder", required: true, help: "Write its files here" } },

  async run(cli, { subject, erasure, to }) {
    await using opened = await cli.open();
    const oubli = opened.only();
    const found = await oubli.certificate(subject, erasure);
    const reports = await oubli.sources.erasures({ subject, limit: 1000 });
    const elsewhere = reports.find((report) => report.erasure === found.erasure);
    const targets = elsewhere && (await oubli.sources.erasure(elsewhere.case));
    const files = await writeErasure(resolve(cli.folder, to), {
      ...found,
      ...(targets === undefined ? {} : { targets }),
    });
    const { stage, verifierKey } = found;
    const settled = targets?.complete ?? null;
    return {
      json: { erasure, subject, stage, settled, verifierKey, files },
      text: [
        `Certificate ${erasure}, stage ${stage}, of ${subject}.`,
        ...(settled === false ? ["Other systems are not done yet: oubli sources list"] : []),
        `Written: ${files.join(", ")}. Its key: ${verifierKey}`,
      ],
    };
  },
});
