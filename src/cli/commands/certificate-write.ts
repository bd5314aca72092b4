import { resolve } from "node:path";

import { entriesBackwards, tryReadEntry } from "#audit";
import type { Stores } from "#engine";

import { refuseTaken, writeErasure } from "../certificate-files.ts";
import { command } from "../command.ts";

export const certificateWrite = command({
  name: "certificate write",
  summary:
    "Write an erasure's newest certificate, and the one of other systems once they are done.",
  args: {
    subject: { help: "Their id in the log, sub_…: as `certificate list` has it" },
    erasure: { help: "The erasure's id: era_…" },
  },
  flags: {
    to: { type: "string", value: "folder", required: true, help: "Write its files here" },
    force: { type: "boolean", help: "Replace the certificate that is there" },
  },

  async run(cli, { subject, erasure, to, force }) {
    const folder = resolve(cli.folder, to);
    if (!force) refuseTaken(folder, "--to");
    await using opened = await cli.open();
    const oubli = opened.only();
    const found = await oubli.certificate(subject, erasure);
    const reports = await oubli.sources.erasures({ subject, limit: 1000 });
    const own = reports.find((report) => report.erasure === found.erasure);
    // What a hold had kept went on, in other systems, with the erasure that it was kept from.
    const whole = found.entry["kind"] === "erase";
    const begun = whole ? reports.find(({ state }) => state !== "abandoned") : undefined;
    const elsewhere = own ?? begun;
    const targets = elsewhere && (await oubli.sources.erasure(elsewhere.case));
    const files = await writeErasure(folder, {
      ...found,
      ...(targets === undefined ? {} : { targets }),
    });
    const { stage, verifierKey } = found;
    const settled = targets?.complete ?? null;
    const before = settled ? null : await settledIn(opened.storesOf(oubli.regions[0]!), erasure);
    return {
      json: { erasure, subject, stage, settled, settledBefore: before, verifierKey, files },
      text: [
        `Certificate ${erasure}, stage ${stage}, of ${subject}.`,
        ...(settled === false ? ["Other systems are not done yet: oubli sources list"] : []),
        ...(before === null
          ? []
          : [
              `Other systems were done before a restore: oubli audit prove ledger ${before} --out <folder>`,
            ]),
        `Written: ${files.join(", ")}. Its key: ${verifierKey}`,
      ],
    };
  },
});

/** A restore takes the cases of erasures back to an older day, and never the ledger. */
async function settledIn(stores: Stores, erasure: string): Promise<number | null> {
  for await (const { index, bytes } of entriesBackwards(stores.audit, "ledger")) {
    const entry = tryReadEntry(bytes);
    if (entry?.["erasure"] !== erasure) continue;
    if (entry.t === "targets.settled") return index;
    if (entry.t === "erase.intent") return null;
  }
  return null;
}
