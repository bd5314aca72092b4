import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { redisSource } from "#connectors";
import type { Identity, SourceGround } from "#sources";
import { createClient } from "redis";

import { SERVER_PASSWORD, skipWithout, startRedis, type Server } from "../../support/servers.ts";
import { call, failing, items, person, connectorRules } from "../../support/source-rules.ts";

// Goal: keys that an application made of a person's names are given out and removed, and no other's.
// Method: a Redis server of one's own, filled and counted by a client that is not the source's.

const skip = skipWithout("redis");
const ann = person("ann");
const bob = person("bob");

describe("Redis as a source", { concurrency: false }, () => {
  let server: Server;
  let client: ReturnType<typeof createClient>;

  before(async () => {
    if (skip) return;
    server = await startRedis();
    await open();
  });
  after(async () => {
    if (skip) return;
    client.destroy();
    await server[Symbol.asyncDispose]();
  });
  const open = async () => {
    client = createClient({ url: server.url, socket: { reconnectStrategy: false } });
    client.on("error", () => {});
    await client.connect();
  };

  const source = (url = server.url) =>
    redisSource({
      name: "carts",
      url,
      keys: [
        { key: "user:<externalId>", category: "profile" },
        { key: "session:<externalId>:*", category: "session" },
        { key: "online", member: "<externalId>", category: "session" },
        { key: "scores", member: "<externalId>", category: "game" },
        { key: "names", member: "<externalId>", category: "profile" },
      ],
    });

  const fill = async ({ externalId: id }: Identity) => {
    await client.set(`user:${id}`, `profile of ${id}`);
    await client.hSet(`session:${id}:1`, { agent: "x", ip: "10.0.0.1" });
    await client.rPush(`session:${id}:2`, ["a", "b"]);
    await client.sAdd(`session:${id}:3`, ["s"]);
    await client.zAdd(`session:${id}:4`, [{ value: "z", score: 2 }]);
    await client.xAdd(`session:${id}:5`, "*", { page: "home" });
    await client.sAdd("online", id);
    await client.zAdd("scores", { value: id, score: 7 });
    await client.hSet("names", id, `name of ${id}`);
  };
  const RECORDS = 9;

  const holds = async ({ externalId: id }: Identity): Promise<number> => {
    const keys = await client.keys("*");
    const mine = keys.filter((key) => {
      return key.split(":")[1] === id;
    });
    const shared = [
      await client.sIsMember("online", id),
      (await client.zScore("scores", id)) !== null,
      await client.hExists("names", id),
    ];
    return mine.length + shared.filter(Boolean).length;
  };
  const ground = (): SourceGround => ({
    source: source(),
    ann,
    bob,
    records: RECORDS,
    holds,
    outage: {
      begin: () => server.kill(),
      async end() {
        client.destroy();
        await server.restart();
        await open();
      },
    },
  });

  beforeEach(async () => {
    if (skip) return;
    await client.flushAll();
    await fill(ann);
    await fill(bob);
  });

  for (const { rule, check } of connectorRules) test(rule, { skip }, () => check(ground()));

  test("every kind of value is in the export as what it is", { skip }, async () => {
    await client.set("user:ann", Buffer.from([0xff, 0x00]) as unknown as string);
    const found = await items(source(), ann);
    const data = new Map(found.map(({ id, data }) => [id, data]));
    assert.deepEqual(data.get("user:ann"), { type: "string", value: { base64: "/wA=" } });
    assert.deepEqual(data.get("session:ann:1"), {
      type: "hash",
      value: [
        ["agent", "x"],
        ["ip", "10.0.0.1"],
      ],
    });
    assert.deepEqual(data.get("session:ann:2"), { type: "list", value: ["a", "b"] });
    assert.deepEqual(data.get("session:ann:4"), { type: "zset", value: [["z", "2"]] });
    assert.deepEqual(data.get("names ann"), { member: "ann", value: "name of ann" });
  });

  test("a long list comes in parts, whole", { skip }, async () => {
    const many = Array.from({ length: 2500 }, (_, at) => `${at}`);
    await client.rPush("session:ann:9", many);
    const parts = (await items(source(), ann)).filter(({ id }) => id.startsWith("session:ann:9"));
    assert.deepEqual(
      parts.flatMap(({ data }) => data["value"]),
      many,
    );
    assert.ok(parts.length >= 3);
  });

  test("a star stops at the separator; one part more is another's", { skip }, async () => {
    await client.set("session:ann:1:2", "of somebody whose name is ann:1");
    await client.set("session:ann", "no session");
    await source().erase!(ann, call());
    assert.deepEqual(
      [await client.exists("session:ann:1:2"), await client.exists("session:ann")],
      [1, 1],
    );
    await assert.rejects(source().erase!(person("ann:1"), call()), {
      code: "SOURCE_FAILED",
    });
  });

  test("keys of 20,000 strangers, and of bytes that are no text, stay", { skip }, async () => {
    const strangers = Array.from({ length: 20_000 }, (_, at) => [`session:u${at}:1`, "x"]);
    await client.mSet(strangers as [string, string][]);
    await client.set(Buffer.from([0x75, 0xff, 0xfe]) as unknown as string, "x");
    const left = (await client.dbSize()) - (RECORDS - 3);
    await source().erase!(ann, call());
    assert.equal(await client.dbSize(), left);
  });

  test("a name that was not given is asked for, not passed over", { skip }, async () => {
    const keys = [{ key: "mail:<email>", category: "contact" }];
    const letters = redisSource({ name: "letters", url: server.url, keys });
    await client.set("mail:ann@example.org", "newsletter");
    await assert.rejects(letters.erase!(person("ann"), call()), failing("identifier-missing"));
    await assert.rejects(items(letters, ann), failing("identifier-missing"));
    const without = await letters.erase!(person("ann", { email: "" }), call());
    assert.equal(without.recordsDeleted, 0);
    const known = person("ann", { email: "ann@example.org" });
    assert.equal((await letters.erase!(known, call())).recordsDeleted, 1);
  });

  test("a password that is wrong is told as refused, and printed nowhere", { skip }, async () => {
    const wrong = "wrong-and-never-printed";
    const other = source(server.url.replace(SERVER_PASSWORD, wrong));
    const silent = failing("refused", wrong, "127.0.0.1", "ann");
    await assert.rejects(other.erase!(ann, call()), silent);
    await assert.rejects(items(other, ann), silent);
    assert.deepEqual(await other.check!(call().signal), [{ level: "error", code: "refused" }]);
  });

  test("a server that stands still costs the call its time, and no more", { skip }, async () => {
    const other = source();
    server.suspend();
    try {
      await assert.rejects(other.erase!(ann, call(300)), failing("timeout", SERVER_PASSWORD));
    } finally {
      server.resume();
    }
    assert.equal((await other.erase!(ann, call())).status, "done");
    assert.equal(await holds(ann), 0);
  });

  test("killed half-way and started again, the same request ends it", { skip }, async () => {
    const many = Array.from({ length: 30_000 }, (_, at) => [`session:ann:s${at}`, "x"]);
    await client.mSet(many as [string, string][]);
    const request = call(300_000);
    const erasing = source().erase!(ann, request);
    erasing.catch(() => {});
    await pause(20);
    await server.kill();
    await erasing.catch(failing("unreachable", SERVER_PASSWORD));
    await assert.rejects(source().erase!(ann, request), failing("unreachable"));
    assert.deepEqual(await source().check!(call().signal), [
      { level: "error", code: "unreachable" },
    ]);
    client.destroy();
    await server.restart();
    await open();
    assert.equal((await source().erase!(ann, request)).status, "done");
    assert.equal(await holds(ann), 0);
    assert.equal(await holds(bob), RECORDS);
  });
});

describe("a declaration of keys that could name other people's", () => {
  for (const [key, why] of [
    ["user:*", "no identifier"],
    ["user:<externalId>*", "a star beside the identifier"],
    ["user:x*:<externalId>", "a star in a part with text"],
    ["user:<externalId>:<email>", "two identifiers"],
    ["", "nothing"],
  ] as const) {
    test(`is refused: ${why}`, () => {
      const keys = [{ key, category: "profile" }];
      assert.throws(() => redisSource({ name: "carts", url: "redis://localhost", keys }), {
        code: "CONFIG_INVALID",
      });
    });
  }

  test("how long a key is kept is refused by what there is in its place", () => {
    const keys = [{ key: "u:<externalId>", category: "profile", maxAge: "P90D" }];
    assert.throws(() => redisSource({ name: "carts", url: "redis://localhost", keys }), {
      code: "CONFIG_INVALID",
      message: /sources\.carts\.keys\.0;.*ends by the EXPIRE/,
    });
    const retention = [{ rule: "carts", maxAge: "P90D" }];
    const own = [{ key: "u:<externalId>", category: "profile" }];
    const declared = { name: "carts", url: "redis://localhost", keys: own, retention };
    assert.throws(() => redisSource(declared), {
      code: "CONFIG_INVALID",
      message: /sources\.carts\.retention;.*ends by the EXPIRE/,
    });
  });

  test("an address that is none is refused without being printed", () => {
    const url = "http://user:secret-in-address@host";
    const keys = [{ key: "u:<externalId>", category: "profile" }];
    assert.throws(
      () => redisSource({ name: "carts", url, keys }),
      (error: Error) => !error.message.includes("secret") && error.message.includes("rediss://"),
    );
  });
});
