import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isOubliError, randomIds } from "#kernel";
import pg from "pg";

import { CLUSTER_VARIABLE } from "../../../test/support/cluster.ts";
import { serverDatabase, testDatabase, type TestDatabase } from "../../../test/support/postgres.ts";
import { makeSchemas } from "../../../test/support/schemas.ts";
import { begin, register } from "../conformance/key-store-fixture.ts";
import { keyStoreRules } from "../conformance/key-store-rules.ts";
import { memoryStoreRules } from "../conformance/memory-store-rules.ts";
import { openAuditStore } from "./audit-store.ts";
import { distribute } from "./distribute.ts";
import { DISTRIBUTION } from "./distribution.ts";
import { openKeyStore } from "./key-store.ts";
import { openMemoryStore } from "./memory-store.ts";
import { schemaName } from "./schema.ts";
import { SCHEMAS } from "./schemas.ts";
import { postgresSnapshots } from "./snapshot.ts";

const region = "eu";

/** Rules that also ask for what is everybody's: a statement of it is several tasks. */
const FOR_EVERYBODY = new Set([
  // A sweep: what expired, whose fence is over, all persons by pages.
  "an end is brought forward, and never moved back",
  "fences and tags whose time is over are removed and counted, and no others",
  "a node is expired from the very moment it names; the oldest are given first",
  "subjects are listed by id, page by page, in their own tenant",
  // A count of what there is.
  "an inventory counts everybody's nodes by kind, categories, purposes and labels",
  // A rotation: rows under an epoch, by pages and counted.
  "a case's key is made once, under a live epoch, and moved once; an ended one stays ended",
  "a clean subject key is re-wrapped; a dirty, moved or replaced one is left alone",
  "every kind of row counts as under its epoch",
  "evidence keys and tag keys are made once and moved once; an ended one stays ended",
  "moving directory rows changes what is there and never brings a forgotten one back",
  "nothing is inserted under an epoch that is not the active one",
  // Whose a name is: a look-up for each epoch that is live.
  "of many that register the same external id at once, one creates the subject",
  "registering a known external id gives the subject that it has, also by an older look-up",
]);

describe("the table of where rows stand", () => {
  let place: TestDatabase;
  let client: pg.Client;
  before(async () => {
    place = await serverDatabase();
    await makeSchemas(place, region);
    client = new pg.Client(place.adminUrl);
    await client.connect();
  });
  after(async () => {
    await client.end();
    await place[Symbol.asyncDispose]();
  });

  for (const name of ["memory", "keys"] as const) {
    test(`names every table of ${name}, and a column of each of its unique keys`, async () => {
      const { rows } = await client.query(
        `SELECT relname AS table, (SELECT json_agg((SELECT json_agg(attname ORDER BY attname)
            FROM pg_attribute WHERE attrelid = t.oid AND attnum = ANY (indkey)))
          FROM pg_index WHERE indrelid = t.oid AND indisunique) AS keys
        FROM pg_class AS t WHERE relkind = 'r' AND relnamespace = $1::regnamespace`,
        [schemaName(region, { name })],
      );
      const live = rows as { table: string; keys: string[][] }[];
      const standings = DISTRIBUTION[name];
      assert.deepEqual(live.map(({ table }) => table).sort(), Object.keys(standings).sort());
      for (const { table, keys } of live) {
        const standing = standings[table]!;
        if (standing === "copied") continue;
        for (const key of keys) assert.ok(key.includes(standing.by), `${table}: ${key.join()}`);
        if (standing.beside === null) continue;
        assert.deepEqual(standings[standing.beside], { by: standing.by, beside: null }, table);
      }
    });
  }

  test("is for a cluster: a database without Citus is refused, and nothing is changed", async (t) => {
    if (!process.env[CLUSTER_VARIABLE])
      t.diagnostic(`${CLUSTER_VARIABLE} is not set: nothing ran on a cluster`);
    const spread = distribute({ url: place.adminUrl, region, schemas: SCHEMAS });
    await assert.rejects(spread, (error) => {
      return isOubliError(error, "CONFIG_INVALID") && error.details["field"] === "store.citus";
    });
    await openMemoryStore({ url: place.url, region }).then((store) => store.close());
  });
});

if (process.env[CLUSTER_VARIABLE]) onCluster();

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

function onCluster(): void {
  let place: TestDatabase;
  let client: pg.Client;
  let login: string;

  /** Every person's call is of one task: of several, and it fails on this login's connections. */
  const oneTask = (on: boolean) =>
    client.query(
      `ALTER ROLE ${place.login} IN DATABASE ${new URL(login).pathname.slice(1)}
       SET citus.multi_task_query_log_level TO ${on ? "error" : "off"}`,
    );

  before(async () => {
    place = await testDatabase();
    login = place.url;
    client = await connected(place.adminUrl);
    await makeSchemas(place, region);
  });
  after(async () => {
    await client.end();
    await place[Symbol.asyncDispose]();
  });

  async function emptied(name: "memory" | "keys"): Promise<void> {
    const schema = schemaName(region, { name });
    const tables = Object.keys(DISTRIBUTION[name]).filter(
      (table) => table !== "applied" && table !== "migration",
    );
    await client.query(`TRUNCATE ${tables.map((table) => `"${schema}".${table}`).join()}`);
    await client.query(`UPDATE "${schema}".applied SET ledger_index = -1`);
  }

  test("what is spread already is left alone; a dry run changes nothing", async () => {
    const again = await distribute({ url: place.adminUrl, region, schemas: SCHEMAS, dryRun: true });
    assert.deepEqual(
      again.flatMap(({ sql }) => sql),
      [],
    );
    assert.equal(again.length, 2);
  });

  test("nothing that was there before stays on the coordinator's disk", async () => {
    const { rows } = await client.query(
      `SELECT sum(pg_relation_size(logicalrelid)) AS bytes FROM pg_dist_partition
       WHERE partmethod = 'h'`,
    );
    assert.equal(Number((rows as { bytes: string }[])[0]!.bytes), 0);
  });

  describe("a snapshot is of one moment on all nodes", () => {
    const PEOPLE = 40;
    const urls = () => ({ memory: place.url, keys: place.url, audit: place.url });
    const taken = async (): Promise<number> => {
      await using all = await postgresSnapshots(urls(), region).take(["keys"]);
      let text = "";
      for await (const chunk of all.read("keys")) text += Buffer.from(chunk).toString("utf8");
      return text.match(/^lookup /gm)?.length ?? 0;
    };
    const write = (on: pg.Client) =>
      on.query(
        `INSERT INTO "${schemaName(region, { name: "keys" })}".lookup
        SELECT sha256(each::text::bytea), 't', 'sub_' || each FROM generate_series(1, $1) AS each`,
        [PEOPLE],
      );

    const opened: pg.Client[] = [];
    const beside = async (url: string): Promise<pg.Client> => {
      const one = await connected(url);
      opened.push(one);
      return one;
    };
    after(() => Promise.all(opened.map((one) => one.end())));

    // Its opening makes the heads that a snapshot names.
    before(async () => (await openAuditStore({ url: place.url, region })).close());

    test("it waits for a writer, who goes on, and has all that was written", async () => {
      await emptied("keys");
      assert.equal(await taken(), 0);
      const writer = await beside(place.adminUrl);
      await writer.query("BEGIN");
      await write(writer);
      const taking = taken();
      await pause(1_500);
      await writer.query("COMMIT");
      assert.equal(await taking, PEOPLE);
    });

    test("it waits for a commit whose second phase a node does not know of yet", async () => {
      const lost = await commitOnItsWay();
      let over = false;
      const taking = taken().finally(() => (over = true));
      await pause(2_000);
      assert.equal(over, false);
      await lost.arrive();
      await taking;
    });

    test("while there is one, no epoch counts as empty: it may hold a row of it", async () => {
      const store = await openKeyStore({ url: login, region });
      const lost = await commitOnItsWay();
      assert.equal(await store.rowsUnder(7), 1);
      await lost.arrive();
      assert.equal(await store.rowsUnder(7), 0);
      await store.close();
    });

    async function commitOnItsWay() {
      const { rows } = await client.query(
        "SELECT nodename AS host, nodeport AS port FROM pg_dist_node WHERE groupid = 1",
      );
      const { host, port } = rows[0] as { host: string; port: number };
      const node = Object.assign(new URL(place.adminUrl), { hostname: host, port: String(port) });
      const worker = await beside(node.href);
      await worker.query("BEGIN");
      await worker.query("SELECT 1");
      // Prepared ones are of the whole server, and outlive who made them.
      const gid = `oubli_on_its_way_${process.pid}`;
      await worker.query(`PREPARE TRANSACTION '${gid}'`);
      return { arrive: () => worker.query(`COMMIT PREPARED '${gid}'`) };
    }
  });

  test("a shard moves to another node with its people's rows, and they are read on", async () => {
    await emptied("memory");
    const store = await openMemoryStore({ url: login, region });
    const people = Array.from({ length: 10 }, () => randomIds.next("subject"));
    for (const one of people) await store.fenceSubject(one, randomIds.next("erasure"));
    const shard = `get_shard_id_for_distribution_column(
      '"${schemaName(region, { name: "memory" })}".subject_fence', '${people[0]!}')`;
    const portOf = async (): Promise<number> => {
      const text = `SELECT nodeport AS port FROM pg_dist_shard_placement WHERE shardid = ${shard}`;
      return ((await client.query(text)).rows as { port: number }[])[0]!.port;
    };
    const from = await portOf();
    // The other way is by logical replication, which enters no table with row-level security.
    await client.query(
      `SELECT citus_move_shard_placement(${shard}, a.nodename, a.nodeport, b.nodename, b.nodeport,
        'block_writes')
      FROM pg_dist_node AS a, pg_dist_node AS b
      WHERE a.nodeport = ${from} AND b.groupid <> 0 AND b.groupid <> a.groupid LIMIT 1`,
    );
    assert.notEqual(await portOf(), from);
    for (const one of people) assert.equal(await store.isFenced(one), true);
    await store.fenceSubject(people[0]!, randomIds.next("erasure"));
    await store.close();
  });

  test("many register side by side; who begins the next epoch waits for them all", async () => {
    await emptied("keys");
    const store = await openKeyStore({ url: login, region });
    await begin(store);
    const held = await connected(place.adminUrl);
    const inKeys = `SET search_path TO "${schemaName(region, { name: "keys" })}"`;
    for (const text of [inKeys, "BEGIN", "SELECT hold_epoch(1)"]) await held.query(text);
    const names = Array.from({ length: 30 }, (_, at) => `name-${at}`);
    await Promise.all(names.map((name) => register(store, randomIds.next("subject"), name)));
    let begun = false;
    const next = begin(store, 2, 1).then(() => (begun = true));
    await pause(500);
    assert.equal(begun, false);
    await held.query("COMMIT");
    await next;
    await held.end();
    const late = await register(store, randomIds.next("subject"), "late");
    assert.equal(late.outcome, "epoch-changed");
    await store.close();
  });

  describe("on a cluster every memory store's promise holds", () => {
    for (const { rule, check } of memoryStoreRules) {
      test(rule, async () => {
        await emptied("memory");
        const store = await openMemoryStore({ url: login, region });
        await check(store).finally(() => store.close());
      });
    }
  });

  describe("on a cluster every key store's promise holds", () => {
    for (const { rule, check } of keyStoreRules) {
      test(rule, async () => {
        await emptied("keys");
        const store = await openKeyStore({ url: login, region });
        await check(store).finally(() => store.close());
      });
    }
  });

  describe("a person's calls are one task each", () => {
    for (const { rule, check } of memoryStoreRules) {
      if (FOR_EVERYBODY.has(rule)) continue;
      test(rule, async () => {
        await emptied("memory");
        await oneTask(true);
        const store = await openMemoryStore({ url: login, region });
        await check(store).finally(async () => {
          await oneTask(false);
          await store.close();
        });
      });
    }
    for (const { rule, check } of keyStoreRules) {
      if (FOR_EVERYBODY.has(rule)) continue;
      test(rule, async () => {
        await emptied("keys");
        await oneTask(true);
        const store = await openKeyStore({ url: login, region });
        await check(store).finally(async () => {
          await oneTask(false);
          await store.close();
        });
      });
    }

    test("the check bites: one for everybody is refused", async () => {
      await oneTask(true);
      const store = await openMemoryStore({ url: login, region });
      await assert.rejects(store.expired(0 as never, 1)).finally(() => oneTask(false));
      await store.close();
    });

    test("EXPLAIN says Task Count: 1 for a load, and more without the person", async () => {
      const explained = async (where: string): Promise<string> => {
        const schema = schemaName(region, { name: "memory" });
        const text = `EXPLAIN SELECT count(*) FROM "${schema}".node ${where}`;
        return JSON.stringify((await client.query(text)).rows);
      };
      assert.match(await explained("WHERE subject_id = 'sub_ada'"), /Task Count: 1\b/);
      assert.doesNotMatch(await explained(""), /Task Count: 1\b/);
    });
  });
}
