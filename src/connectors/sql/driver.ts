/** Kysely over one connection that its session owns: no pool, so that its end is in one hand. */
import {
  CompiledQuery,
  Kysely,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";

import type { Database, Engine, RawConnection } from "./engine.ts";

export function kyselyOver(engine: Engine, raw: RawConnection): Database {
  const dialect: Dialect = {
    createAdapter: () => engine.adapter(),
    createQueryCompiler: () => engine.compiler(),
    createDriver: () => driverOver(engine, raw),
    createIntrospector: () => {
      throw new TypeError("each engine reads its own catalogue");
    },
  };
  return new Kysely<unknown>({ dialect });
}

function driverOver({ begin }: Engine, raw: RawConnection): Driver {
  const connection: DatabaseConnection = {
    async executeQuery<Result>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Result>> {
      const { rows, affected } = await raw.query(sql, parameters);
      return { rows: rows as Result[], numAffectedRows: BigInt(affected) };
    },
    streamQuery() {
      throw new TypeError("rows are read page by page");
    },
  };
  const run = async (sql: string): Promise<void> => void (await raw.query(sql, []));
  return {
    async init() {},
    acquireConnection: async () => connection,
    beginTransaction: () => run(begin),
    commitTransaction: () => run("commit"),
    rollbackTransaction: () => run("rollback"),
    async releaseConnection() {},
    async destroy() {},
  };
}
