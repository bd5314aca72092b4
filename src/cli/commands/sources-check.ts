import { command, EXIT } from "../command.ts";
import { inEachRegion } from "../each-region.ts";
import { table } from "../table.ts";

export const sourcesCheck = command({
  name: "sources check",
  summary: "Have each other system look at itself: is it there, does its declaration fit.",
  details: [
    "The configuration file exports them as `sources`. Ends with 4 where one has an error.",
  ],

  run: (cli) =>
    inEachRegion(
      cli,
      async ({ oubli }) => {
        const checks = await oubli.sources.check();
        const away = oubli.sources.list().filter(({ here }) => !here);
        const rows = checks.flatMap(({ source, findings }) =>
          findings.length === 0
            ? [[source, "well"]]
            : findings.map(({ level, code, at, accepted }) => [
                source,
                level,
                code,
                at ?? "",
                accepted === undefined ? "" : `accepted: ${accepted}`,
              ]),
        );
        const failed = checks.some(({ findings }) =>
          findings.some(({ level }) => level === "error"),
        );
        return {
          json: { checks, notHere: away.map(({ name }) => name) },
          text: [
            ...(rows.length === 0 ? ["No source is given here."] : table(rows)),
            ...away.map(({ name }) => `${name} is known to the store, and not given here.`),
          ],
          exit: failed ? EXIT.failed : EXIT.done,
        };
      },
      { unsound: true },
    ),
});
