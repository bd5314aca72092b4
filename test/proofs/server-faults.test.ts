import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";

import { isOubliError, systemClock, type ErrorCode } from "#kernel";
import { postgres } from "#store";
import pg from "pg";

import {
  administer,
  startPostgres,
  testDatabase,
  type PostgresServer,
} from "../support/postgres.ts";
import { faultsOf, openAudited, READ_NAMES, READS, type Release } from "./support/audited-world.ts";
import { newGround, openGround } from "./support/ground.ts";
import { closeStores, openProcess } from "./support/region.ts";
import { newPlace } from "./support/residue-world.ts";
import { until } from "./support/until.ts";

// Goal: whatever befalls a server, callers get a clear code, nothing acknowledged is lost, and
// nothing is released that the log does not know of.

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server.stop());

const region = "eu";

/**
 * Changes a setting of the server. A new connection has it only when every older one was told:
 * each takes it over before its next statement.
 */
async function set(name: string, value: string | null): Promise<void> {
  const change = value === null ? `RESET ${name}` : `SET ${name} = ${value}`;
  await administer(server.url, `ALTER SYSTEM ${change}`, "SELECT pg_reload_conf()");
  const text = `SELECT source = 'configuration file' AS some FROM pg_settings WHERE name = '${name}'`;
  await until(`${name} is ${value}`, async () => (await isSo(text)) === (value !== null));
}

/** What a new connection is told, in a column that is named `some`. */
async function isSo(text: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<{ some: boolean }>(text)).rows[0]!.some;
  } finally {
    await client.end();
  }
}

/**
 * From now on a commit waits for a standby that never comes. A process of the server's own has to
 * hear of it first, which no setting shows: so commits are made until one waits.
 */
async function holdCommits(): Promise<void> {
  await set("synchronous_standby_names", "'nobody'");
  const client = new pg.Client({ connectionString: server.url, application_name: "probe" });
  await client.connect();
  const probe = `FROM pg_stat_activity WHERE application_name = 'probe' AND wait_event = 'SyncRep'`;
  const isHeld = () => isSo(`SELECT count(*) > 0 AS some ${probe}`);
  const isCommitHeld = async (): Promise<boolean> => {
    let over = false;
    const commit = client
      .query("SELECT pg_logical_emit_message(true, 'probe', '')")
      .finally(() => (over = true));
    await until("a commit waits, or is over", async () => (await isHeld()) || over);
    const held = !over;
    if (held) await administer(server.url, `SELECT pg_cancel_backend(pid) ${probe}`);
    await commit;
    return held;
  };
  await until("commits wait", isCommitHeld);
  await client.end();
}

/** Resolves when one of ours waits in the server: for a lock, or for a standby at its commit. */
function waiting(event: "Lock" | "SyncRep"): Promise<void> {
  const text = `SELECT count(*) > 0 AS some FROM pg_stat_activity
    WHERE application_name = 'oubli' AND '${event}' IN (wait_event_type, wait_event)`;
  return until(`one waits for ${event}`, () => isSo(text));
}

describe("a place that cannot be opened says what is wrong with it, and no secret", () => {
  async function refusal(store: string): Promise<{ code: ErrorCode; field: unknown }> {
    using place = newPlace();
    const opened = await openGround({ folder: place.base, store }, systemClock).catch(
      (error: unknown) => error,
    );
    assert.ok(isOubliError(opened), String(opened));
    const told = `${opened.message} ${JSON.stringify(opened)} ${JSON.stringify(opened.details)}`;
    assert.ok(!told.includes("oubli_test_login") && !told.includes("127.0.0.1"), told);
    return { code: opened.code, field: opened.details["field"] };
  }
  const changed = (url: string, change: (url: URL) => void): string => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };

  test("another port, another database, another login, a schema that nobody made", async () => {
    const { url } = await testDatabase(server);
    const setting = (field: string) => ({ code: "CONFIG_INVALID", field });
    assert.deepEqual(await refusal(changed(url, (at) => (at.port = "1"))), {
      code: "STORE_UNAVAILABLE",
      field: undefined,
    });
    const elsewhere = changed(url, (at) => (at.pathname = "/nowhere"));
    assert.deepEqual(await refusal(elsewhere), setting("store.database"));
    const stranger = changed(url, (at) => (at.username = "stranger"));
    assert.deepEqual(await refusal(stranger), setting("store.user"));
    assert.deepEqual(await refusal(url), setting("store.role"));
  });

  test("a login that is no member of the schemas' roles", async () => {
    await using ground = await newGround("postgres", server);
    await administer(
      ground.adminUrl,
      "DROP ROLE IF EXISTS outsider",
      "CREATE ROLE outsider LOGIN NOINHERIT",
    );
    const outsider = changed(ground.store as string, (at) => (at.username = "outsider"));
    const expected = { code: "CONFIG_INVALID", field: "store.role" };
    assert.deepEqual(await refusal(outsider), expected);
  });

  test("a schema that is older, newer, or another", async () => {
    await using ground = await newGround("postgres", server);
    const at = (sql: string) => administer(ground.adminUrl, sql);
    const migration = `"oubli_${region}_memory".migration`;
    await at(`INSERT INTO ${migration} VALUES ('9999-later', 'x')`);
    assert.equal((await refusal(ground.store as string)).code, "SCHEMA_NEWER");
    await at(`DELETE FROM ${migration} WHERE id = '9999-later'`);
    await at(`CREATE TABLE kept AS TABLE ${migration}; DELETE FROM ${migration}`);
    assert.equal((await refusal(ground.store as string)).code, "SCHEMA_OLDER");
    await at(`INSERT INTO ${migration} SELECT id, 'other', applied_at FROM kept`);
    assert.equal((await refusal(ground.store as string)).code, "STORE_DAMAGED");
  });

  test("a server that dies in the breath of its first answer", async () => {
    const message = (type: string, body: Buffer): Buffer => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(body.length + 4);
      return Buffer.concat([Buffer.from(type), size, body]);
    };
    const dying = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.end(
          Buffer.concat([
            message("R", Buffer.alloc(4)),
            message("Z", Buffer.from("I")),
            message("E", Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0")),
          ]),
        );
      });
    }).listen(0, "127.0.0.1");
    await once(dying, "listening");
    const { port } = dying.address() as AddressInfo;
    const store = `postgres://x@127.0.0.1:${port}/x`;
    assert.equal((await refusal(store)).code, "STORE_UNAVAILABLE");
    dying.close();
  });
});

async function openServed() {
  const database = await testDatabase(server);
  const { migrate, SCHEMAS } = postgres;
  const { adminUrl, login, url } = database;
  await migrate({ url: adminUrl, region, schemas: SCHEMAS, logins: [login] });
  const place = newPlace();
  const world = await openAudited(place, url);
  return {
    world,
    adminUrl,
    admin: (...statements: readonly string[]) => administer(adminUrl, ...statements),
    /** Runs every read; what it released, and with which code it failed. */
    async readAll() {
      const outcomes = [];
      for (const name of READ_NAMES) outcomes.push([name, ...(await runOne(name))] as const);
      return outcomes;
    },
    runOne,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };

  async function runOne(name: (typeof READ_NAMES)[number]) {
    const releases: Release[] = [];
    try {
      await READS[name](world, async (release) => void releases.push(release));
      return [releases.length, null] as const;
    } catch (error) {
      assert.ok(isOubliError(error), String(error));
      return [releases.length, error.code] as const;
    }
  }
}

/** What a reader may be told while the log, or everything, is away. */
const AWAY = new Set(["AUDIT_UNAVAILABLE", "STORE_UNAVAILABLE"]);

const nothing = (
  outcomes: Awaited<ReturnType<Awaited<ReturnType<typeof openServed>>["readAll"]>>,
) => {
  for (const [name, released, code] of outcomes) {
    assert.equal(released, 0, name);
    assert.ok(AWAY.has(code ?? "none"), `${name}: ${code}`);
  }
};
const everything = (outcomes: Parameters<typeof nothing>[0]) => {
  for (const [name, released, code] of outcomes)
    assert.deepEqual([released, code], [1, null], name);
};

describe("nothing is released", () => {
  test("while the server is gone; and everything, once it is back", async () => {
    await using served = await openServed();
    everything(await served.readAll());
    await server.kill();
    nothing(await served.readAll());
    await server.restart();
    everything(await served.readAll());
  });

  test("while it takes no writes", async () => {
    await using served = await openServed();
    await set("default_transaction_read_only", "on");
    nothing(await served.readAll());
    await set("default_transaction_read_only", null);
    everything(await served.readAll());
  });

  for (const schema of ["audit", "memory", "keys"]) {
    test(`while its disk is full for the ${schema}, whose writes say so and lose nothing`, async () => {
      await using served = await openServed();
      const { admin, world } = served;
      const [table, code] = {
        audit: ["audit_bytes", "AUDIT_UNAVAILABLE"],
        memory: ["node", "STORE_FULL"],
        keys: ["node_key", "STORE_FULL"],
      }[schema]!;
      await admin(
        `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$`,
        `CREATE TRIGGER full_disk BEFORE INSERT ON "oubli_${region}_${schema}".${table}
          FOR EACH ROW EXECUTE FUNCTION full_disk()`,
      );
      const chat = world.ada.session({ purpose: "support" });
      const before = (await world.ada.self().plan()).nodes;
      await assert.rejects(chat.remember("quokka one more"), { code });
      if (schema === "audit") nothing(await served.readAll());
      await admin(`DROP TRIGGER full_disk ON "oubli_${region}_${schema}".${table}`);
      everything(await served.readAll());
      assert.ok((await world.ada.self().plan()).nodes >= before, "nothing is lost");
      assert.deepEqual(
        (await world.oubli.audit.check()).flatMap(({ faults }) => faults),
        [],
      );
    });
  }

  test("before a slow log has answered", async () => {
    await using served = await openServed();
    const { world } = served;
    const before = await world.size();
    const holder = new pg.Client({ connectionString: served.adminUrl });
    await holder.connect();
    await holder.query(`BEGIN; LOCK "oubli_${region}_audit".audit_head`);
    let released = false;
    const reading = READS.recall(world, async (release) => {
      released = true;
      assert.deepEqual(await faultsOf(world, before, release), []);
    });
    await waiting("Lock");
    assert.equal(released, false, "it waits");
    await holder.query("COMMIT");
    await holder.end();
    await reading;
    assert.equal(released, true);
  });

  test("when the server dies between the append and its answer", async () => {
    await using served = await openServed();
    await holdCommits();
    const reading = served.runOne("recall");
    await waiting("SyncRep");
    await served.admin("ALTER SYSTEM RESET synchronous_standby_names");
    await server.kill();
    assert.deepEqual(await reading, [0, "AUDIT_UNAVAILABLE"]);
    await server.restart();
    everything(await served.readAll());
    const checks = await served.world.oubli.audit.check();
    assert.deepEqual(
      checks.flatMap(({ faults }) => faults),
      [],
    );
  });
});

for (const [of, port, method] of [
  ["its rows", "memory", "insert"],
  ["an entry that carries them", "audit", "append"],
] as const) {
  test(`a connection that is lost at the commit of ${of} leaves an outcome that is unknown, and the caller's retry stores once`, async () => {
    await using ground = await newGround("postgres", server);
    const stores = await openGround(ground, systemClock);
    let cutting = Promise.resolve();
    const cut = async (): Promise<void> => {
      await holdCommits();
      cutting = cutOff();
    };
    const cutOff = async (): Promise<void> => {
      await waiting("SyncRep");
      const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
      await administer(server.url, `${end} WHERE wait_event = 'SyncRep'`);
      await set("synchronous_standby_names", null);
    };
    let cuts = 0;
    const { oubli } = await openProcess(stores, systemClock, {
      around: async (call, go) => {
        const isMet = cuts > 0 && call.port === port && call.method === method;
        if (isMet && cuts-- > 0) await cut();
        return go();
      },
    });
    const ada = await oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const told = () => chat.remember("prefers tea", { idempotencyKey: "once" });
    // The first entry of a process in a log carries nothing.
    if (port === "audit") await chat.remember("prefers rum");
    cuts = 1;
    await assert.rejects(told(), { code: "OUTCOME_UNKNOWN" });
    await cutting;
    const { nodes } = await told();
    const kept = (await ada.self().export()).nodes.filter(
      ({ content }) => content === "prefers tea",
    );
    assert.deepEqual(
      kept.map(({ id }) => id),
      nodes,
    );
    await oubli.close();
    await closeStores(stores);
  });
}
