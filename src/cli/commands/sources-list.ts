import type { SourceInfo } from "#engine";
import type { TargetsReport } from "#sources";

import { command, EXIT } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { count, day, table } from "../table.ts";

/** Of those that are over; the newest are what is looked for. */
const SHOWN = 100;

export const sourcesList = command({
  name: "sources list",
  summary:
    "List the other systems that hold people's data, and how far erasures have come in them.",
  details: [
    "The configuration file exports them as `sources`; without it, the store tells what it knows.",
    "A certificate is written with: oubli certificate write <subject> <erasure> --to <folder>",
  ],
  flags: {
    all: { type: "boolean", help: `Erasures that are over too, newest first: ${SHOWN} at most` },
  },

  run: (cli, { all }) =>
    inEachRegion(cli, async ({ oubli }) => {
      const sources = oubli.sources.list();
      const open = await oubli.sources.erasures({ open: true, limit: 1000 });
      const waiting = new Set(open.map((one) => one.case));
      const every = await oubli.sources.erasures({ limit: 1000 });
      const over = every.filter((one) => !waiting.has(one.case));
      const shown = all ? over.slice(0, SHOWN) : [];
      const left = over.length - shown.length;
      return {
        json: { sources, open, ...(all ? { over: shown } : {}), notShown: left },
        text: [
          ...(sources.length === 0 ? ["No other system is known."] : table(sources.map(sourceRow))),
          ...section("Erasures that are not complete:", open.map(openLine)),
          ...section(
            "Erasures that are over, with the ids of their certificates:",
            shown.map(overRow),
          ),
          ...(left > 0
            ? ["", `${count(left, "erasure")} over${all ? " before" : ": --all"}.`]
            : []),
        ],
        exit: open.length === 0 ? EXIT.done : EXIT.waiting,
      };
    }),
});

function section(head: string, rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", head, ...table(rows)];
}

function sourceRow({ name, tier, can, eraseAfter, backupsEnd, here, identifiers }: SourceInfo) {
  const able = Object.entries(can).flatMap(([what, has]) => (has ? [what] : []));
  const after = eraseAfter.length > 0 ? `after ${eraseAfter.join(", ")}` : "";
  const backups = backupsEnd === null ? "" : `backups ${backupsEnd}`;
  const needs = identifiers.length > 0 ? `needs ${identifiers.join(", ")}` : "";
  return [name, tier, able.join(" "), after, backups, needs, here ? "" : "not here"];
}

function openLine({ case: id, targets }: TargetsReport) {
  const left = targets.filter(({ success }) => !success);
  return [id, left.map(({ target, error }) => `${target}: ${error}`).join(", ")];
}

function overRow({ openedAt, subject, erasure, state, targets }: TargetsReport) {
  const done = targets.map(({ target, recordsDeleted }) => `${target}: ${recordsDeleted}`);
  return [day(openedAt), subject ?? "", erasure, state, done.join(", ")];
}
