import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openOubli, type Oubli } from "#engine";
import { defineConfig } from "#policy";

import { administer, testDatabase } from "../../support/postgres.ts";
import { makeSchemas } from "../../support/schemas.ts";
import { OFFICER, PURPOSE } from "./backed-up.ts";
import { loading } from "./backup-medium.ts";

type Row = Readonly<Record<string, unknown>>;

/** An installation on a server, with a place for backups. */
export async function openOnServer() {
  const database = await testDatabase();
  const { adminUrl, url: store } = database;
  const folder = mkdtempSync(join(tmpdir(), "oubli-backup-server-"));
  await makeSchemas(database, "eu");
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
    /** Puts a backup's rows, as they stand in it, into new schemas; lets `look` at a world of them. */
    async loadElsewhere(backup: string, look: (copy: Oubli) => Promise<void>): Promise<void> {
      await using elsewhere = await testDatabase();
      const { adminUrl: url, url: store } = elsewhere;
      await makeSchemas(elsewhere, "eu");
      for (const name of ["memory", "keys", "audit"] as const) {
        await administer(url, ...loading(name, this.bytes(backup, name).toString("utf8")));
      }
      const root = join(folder, "elsewhere-root");
      cpSync(join(folder, "root"), root, { recursive: true });
      const regions = { eu: { jurisdictions: ["*"], store, root } };
      const other = defineConfig({ regions, purposes: { [PURPOSE]: purpose } });
      await using copy = await openOubli(other, { sweep: "manual", actor: OFFICER });
      await look(copy);
    },
    async [Symbol.asyncDispose]() {
      for (const oubli of opened) await oubli.close();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
