import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openOubli, type Oubli } from "#engine";
import { defineConfig } from "#policy";
import { postgres } from "#store";

import { testDatabase } from "../../support/postgres.ts";
import { OFFICER, PURPOSE } from "./backed-up.ts";

type Row = Readonly<Record<string, unknown>>;

/** An installation on a server, with a place for backups. */
export async function openOnServer() {
  const database = await testDatabase();
  const { adminUrl, login, url: store } = database;
  const folder = mkdtempSync(join(tmpdir(), "oubli-backup-server-"));
  await postgres.migrate({
    url: adminUrl,
    region: "eu",
    schemas: postgres.SCHEMAS,
    logins: [login],
  });
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
  const config = defineConfig({
    regions: { eu: { jurisdictions: ["*"], store, root: join(folder, "root") } },
    purposes: { [PURPOSE]: purpose },
  });
  const backups = join(folder, "backups");
  const opened: Oubli[] = [];
  const open = async (): Promise<Oubli> => {
    const oubli = await openOubli(config, {
      sweep: "manual",
      actor: OFFICER,
      connectionsMax: 3,
    });
    opened.push(oubli);
    return oubli;
  };
  return {
    config,
    backups,
    adminUrl,
    open,
    bytes: (backup: string, name: string): Buffer =>
      readFileSync(join(backups, backup, `${name}.snapshot`)),
    /** The rows of one table, as they stand in a backup. */
    rows(backup: string, name: string, table: string): Row[] {
      const lines = this.bytes(backup, name).toString("utf8").split("\n").slice(0, -1);
      return lines.flatMap((line) =>
        line.startsWith(`${table} `) ? [JSON.parse(line.slice(table.length + 1)) as Row] : [],
      );
    },
    made: () => readdirSync(backups),
    async [Symbol.asyncDispose]() {
      for (const oubli of opened) await oubli.close();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
