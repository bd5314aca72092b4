import { command, EXIT } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { table } from "../table.ts";

export const sourcesList = command({
  name: "sources list",
  summary:
    "List the other systems that hold people's data, and how far erasures have come in them.",
  details: [
    "The configuration file exports them as `sources`; without it, the store tells what it knows.",
  ],

  run: (cli) =>
    inEachRegion(cli, async ({ oubli }) => {
      const sources = oubli.sources.list();
      const open = await oubli.sources.erasures({ open: true, limit: 1000 });
      const rows = sources.map(({ name, tier, can, eraseAfter, backupsEnd, here }) => {
        const able = Object.entries(can).flatMap(([what, has]) => (has ? [what] : []));
        const after = eraseAfter.length > 0 ? `after ${eraseAfter.join(", ")}` : "";
        const backups = backupsEnd === null ? "" : `backups ${backupsEnd}`;
        return [name, tier, able.join(" "), after, backups, here ? "" : "not here"];
      });
      const waiting = open.map(({ case: id, targets }) => {
        const left = targets.filter(({ success }) => !success);
        return [id, left.map(({ target, error }) => `${target}: ${error}`).join(", ")];
      });
      return {
        json: { sources, open },
        text: [
          ...(rows.length === 0 ? ["No other system is known."] : table(rows)),
          ...(waiting.length === 0
            ? []
            : ["", "Erasures that are not complete:", ...table(waiting)]),
        ],
        exit: open.length === 0 ? EXIT.done : EXIT.waiting,
      };
    }),
});
