import { command } from "../command.ts";
import { day, table } from "../table.ts";

export const backupList = command({
  name: "backup list",
  summary: "List the backups that may still exist.",

  async run(cli) {
    await using opened = await cli.open();
    const { count, rows } = await opened.oubli.backups();
    return {
      json: { count, backups: rows },
      text:
        count === 0
          ? ["No backup is outstanding."]
          : table([
              ["backup", "of", "made", "to be destroyed by"],
              ...rows.map(({ id, scope, madeAt, endsAt }) => {
                return [id, scope === "keys" ? "keys" : "all", day(madeAt), day(endsAt)];
              }),
            ]),
    };
  },
});
