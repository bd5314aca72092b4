import assert from "node:assert/strict";
import { test } from "node:test";

import { DATABASES } from "#backup";
import { isOubliError, randomIds } from "#kernel";

import { testDatabase } from "../../../test/support/postgres.ts";
import { transactionPooler } from "../../../test/support/transaction-pooler.ts";
import { openAuditStore } from "./audit-store.ts";
import { openDatabase, type Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";
import { SCHEMAS } from "./schemas.ts";
import { postgresSnapshots } from "./snapshot.ts";

const REGIONS = ["eu", "us"] as const;
const ROUNDS = 60;

const schema: Schema = {
  name: "memory",
  migrations: [
    {
      id: "0001",
      sql: "CREATE TABLE note (subject_id text, region text)",
      tables: { note: { grant: "SELECT, INSERT", guard: "subject_id" } },
    },
  ],
};

test("behind a pooler that gives each transaction another connection, nothing is written to another region's schema", async () => {
  await using place = await testDatabase();
  for (const region of REGIONS) {
    await migrate({ url: place.adminUrl, region, schemas: [schema], logins: [place.login] });
  }
  await using pooler = await transactionPooler(place.url);
  const codes = new Map<string, number>();
  let written = 0;
  const attempt = async (region: string): Promise<void> => {
    let database: Database | null = null;
    try {
      database = await openDatabase({ url: pooler.url, region, schema, max: 1 });
      const subject = randomIds.next("subject");
      const text = "INSERT INTO note VALUES ($1, $2)";
      for (let at = 0; at < 3; at += 1) {
        await database.write(subject, [{ text, values: [subject, region] }]);
        written += 1;
      }
    } catch (error) {
      assert.ok(isOubliError(error), String(error));
      const name = `${error.code} ${String(error.details["field"])}`;
      codes.set(name, (codes.get(name) ?? 0) + 1);
    } finally {
      await database?.close();
    }
  };
  // Whose turn comes when is the machine's: they go on until some were refused and some were not.
  const isMet = () => written > 0 && codes.has("CONFIG_INVALID store.pooler");
  for (let at = 0; at < ROUNDS || !isMet(); at += 1) {
    assert.ok(at < ROUNDS * 20, `${written} written, refused: ${JSON.stringify([...codes])}`);
    await Promise.all(REGIONS.map(attempt));
  }

  for (const region of REGIONS) {
    const direct = await openDatabase({ url: place.url, region, schema });
    const text = "SELECT count(*)::int AS wrong FROM note WHERE region <> $1";
    const found = await direct.read("*", { text, values: [region] });
    await direct.close();
    assert.deepEqual(found, [{ wrong: 0 }]);
  }
});

test("nor does a backup through it take the rows of another region", async () => {
  await using place = await testDatabase();
  for (const region of REGIONS) {
    await migrate({ url: place.adminUrl, region, schemas: SCHEMAS, logins: [place.login] });
    await (await openAuditStore({ url: place.url, region })).close();
  }
  await using pooler = await transactionPooler(place.url, 5);
  const urls = { memory: pooler.url, keys: pooler.url, audit: pooler.url };
  let refused = 0;
  for (let at = 0; at < 10; at += 1) {
    try {
      await using _ = await postgresSnapshots(urls, REGIONS[at % 2]!).take(DATABASES);
    } catch (error) {
      assert.ok(isOubliError(error), String(error));
      assert.notEqual(error.code, "STORE_DAMAGED");
      refused += 1;
    }
  }
  assert.ok(refused > 0);
});
