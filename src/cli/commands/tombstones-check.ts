import { CliError } from "../cli-error.ts";
import { command, EXIT } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { count } from "../table.ts";

export const tombstonesCheck = command({
  name: "tombstones check",
  summary: "Look whether a restored system has brought erased people back. Only looks by default.",
  args: { source: { help: "The system's name, as `sources list` has it" } },
  flags: {
    execute: { type: "boolean", help: "Erase again whom it finds" },
  },

  run: (cli, { source, execute }) =>
    inEachRegion(cli, async ({ oubli }) => {
      if (!oubli.sources.list().some(({ name, here }) => here && name === source)) throw noSource();
      const found = await oubli.sources.tombstones(source, { erase: execute });
      const waiting = execute ? found.failed > 0 : found.found > found.returned;
      return {
        json: found,
        text: [
          // An anonymised row has a name, too, and is nobody.
          `${count(found.looked, "name")} there, ${found.tombstones} looked for, ` +
            `${found.found} found.`,
          ...(found.returned > 0 ? [`${found.returned} registered again since, and stay.`] : []),
          ...(execute ? [`Erased again: ${found.erased}; not yet: ${found.failed}.`] : []),
          ...(!execute && waiting ? ["Nothing was erased. Run again with --execute."] : []),
        ],
        exit: waiting ? EXIT.waiting : EXIT.done,
      };
    }),
});

function noSource(): CliError {
  return new CliError("NOT_FOUND", "no source of this name is given here; see: oubli sources list");
}
