import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pg from "pg";

import { openOubli, type Oubli } from "../../src/index.ts";
import { postgres } from "../../src/store/index.ts";
import { startPostgres } from "../../test/support/postgres.ts";

const REGION = "bench";

export interface PostgresBench extends AsyncDisposable {
  readonly oubli: Oubli;
  /** The administrator's own connection to the same server and database. */
  readonly admin: pg.Client;
}

/** A durable server of its own, an Oubli on it, and a bare connection beside it. */
export async function openPostgresBench(): Promise<PostgresBench> {
  const server = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), "oubli-bench-"));
  const { url } = server;
  await postgres.migrate({ url, region: REGION, schemas: postgres.SCHEMAS, logins: [] });
  const region = { jurisdictions: ["*"], store: url, root: join(folder, "root") };
  const oubli = await openOubli({ regions: { [REGION]: region } }, { sweep: "manual" });
  const admin = new pg.Client(url);
  await admin.connect();
  return {
    oubli,
    admin,
    async [Symbol.asyncDispose]() {
      await admin.end();
      await oubli.close();
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
