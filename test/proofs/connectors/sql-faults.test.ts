import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { sqlSource } from "#connectors";

import { SERVER_PASSWORD } from "../../support/servers.ts";
import { call, failing, items, person } from "../../support/source-rules.ts";
import { until } from "../support/until.ts";
import {
  fill,
  holds,
  KINDS,
  OWN_MARIADB,
  OWN_POSTGRES,
  RECORDS,
  SCHEMA,
  TABLES,
  type SqlGround,
} from "./sql-grounds.ts";

// Goal: a database that is away, slow, locked up or dies half-way is told as such, with nothing of
// what its driver says; and the same request ends what was begun. Method: servers of one's own.

const ann = person("ann", { email: "ann@example.org" });
const bob = person("bob", { email: "bob@example.org" });
const [SQLITE] = KINDS;
const MANY = 3000;
const HELD = 100;

for (const { name, skip, open } of [SQLITE!, OWN_POSTGRES, OWN_MARIADB]) {
  describe(`${name} that fails`, { concurrency: false }, () => {
    let ground: SqlGround;
    before(async () => {
      if (skip) return;
      ground = await open();
      await ground.run(...SCHEMA);
    });
    after(async () => {
      if (!skip) await ground[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      if (skip) return;
      const all = "sessions messages order_lines orders users".split(" ");
      await ground.run(...all.map((table) => `delete from ${table}`));
      await fill(ground, ann, 100);
      await fill(ground, bob, 200);
    });
    const source = (url = ground.url) => sqlSource({ name: "shop", url, tables: TABLES });
    const messages = async (): Promise<number> =>
      Number((await ground.rows("select count(*) as many from messages"))[0]!["many"]);

    test("a database that is not there is unreachable, and made by nobody", { skip }, async () => {
      const wrong = "nowhere-and-never-printed";
      const nowhere =
        name === "SQLite"
          ? ground.url.replace("app.db", wrong)
          : ground.url.replace(/:\d+\//, ":9/");
      const silent = failing("unreachable", wrong, "127.0.0.1", SERVER_PASSWORD);
      await assert.rejects(source(nowhere).erase!(ann, call()), silent);
      await assert.rejects(source(nowhere).verify!(ann, call()), silent);
      const [found] = await source(nowhere).check!(call().signal);
      assert.deepEqual(found, { level: "error", code: "unreachable" });
    });

    if (name === "SQLite") return;

    test("wrong credentials are refused, and printed nowhere", { skip }, async () => {
      const wrong = "wrong-and-never-printed";
      const url = new URL(ground.url);
      url.username = wrong;
      url.password = wrong;
      const silent = failing("refused", wrong, "127.0.0.1", SERVER_PASSWORD);
      await assert.rejects(source(url.href).erase!(ann, call()), silent);
      await assert.rejects(items(source(url.href), ann), silent);
      assert.deepEqual(await source(url.href).check!(call().signal), [
        { level: "error", code: "refused" },
      ]);
    });

    test("killed half-way and started again, the same request ends it", { skip }, async () => {
      const values = Array.from({ length: MANY }, (_, at) => `(${at + 1000}, 'ann', 'x', 'm')`);
      await ground.run(`insert into messages values ${values.join()}`);
      // The last ones are somebody else's for now, so that it cannot end before it is killed.
      await ground.hold(`update messages set body = 'y' where id >= ${1000 + MANY - HELD}`);
      const request = call(300_000);
      const erasing = source().erase!(ann, request);
      erasing.catch(() => {});
      await until("half of it is done", async () => (await messages()) < MANY - 50);
      await ground.server!.kill();
      await assert.rejects(erasing, failing("unreachable", SERVER_PASSWORD));
      await assert.rejects(source().erase!(ann, request), failing("unreachable"));
      await ground.server!.restart();
      const left = await messages();
      assert.ok(left >= HELD && left < MANY, `${left}`);
      assert.equal((await source().erase!(ann, request)).status, "done");
      assert.equal(await holds(ground, ann, 100), 0);
      assert.equal(await holds(ground, bob, 200), RECORDS);
    });

    if (name !== "MariaDB") return;

    test("a server that stands still costs the call its time, and no more", { skip }, async () => {
      ground.server!.suspend();
      try {
        await assert.rejects(source().erase!(ann, call(400)), failing("timeout", SERVER_PASSWORD));
      } finally {
        ground.server!.resume();
      }
      assert.equal((await source().erase!(ann, call())).status, "done");
    });
  });
}
