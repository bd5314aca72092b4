import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";

import { readCallback, webhookSource, type WebhookSourceOptions } from "#connectors";
import type { EpochMs } from "#kernel";
import type { Identity } from "#sources";

import { call, connectorRules, failing, items, person } from "../../support/source-rules.ts";
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../support/test-certificate.ts";

// Goal: a system behind an HTTP call does what it is asked, knows who asks, and nothing that it
// answers is taken for more than it says. Method: a receiver of one's own, which checks every
// signature by the published rule, holds people, and errs in each way.

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const NOW = Date.UTC(2026, 5, 1) as EpochMs;
const clock = { now: () => NOW };
const ann = person("ann");
const bob = person("bob");
const RECORDS = 3;

interface Asked {
  readonly act: string;
  readonly request: string;
  readonly person: { readonly externalId: string; readonly identifiers: Record<string, string> };
}

type Answer = (asked: Asked, response: ServerResponse, id: string) => void;

describe("a webhook as a source", { concurrency: false }, () => {
  let server: Server;
  let url = "";
  let held = new Map<string, string[]>();
  let answer: Answer = answerWell;
  const seen: { asked: Asked; headers: IncomingMessage["headers"] }[] = [];

  before(async () => {
    server = createServer((request, response) => void receive(request, response));
    await listen(0);
  });
  after(() => void server.close());
  beforeEach(() => {
    held = new Map(
      [ann, bob].map(({ externalId: id }) => [id, [1, 2, 3].map((n) => `${n} of ${id}`)]),
    );
    answer = answerWell;
    seen.length = 0;
  });

  async function listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/privacy?tenant=1`;
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString();
    const { headers } = request;
    const id = String(headers["webhook-id"]);
    const content = `${id}.${String(headers["webhook-timestamp"])}.${body}`;
    const mac = createHmac("sha256", Buffer.alloc(32, 7)).update(content).digest("base64");
    const fresh = Number(headers["webhook-timestamp"]) * 1000 === NOW;
    if (headers["webhook-signature"] !== `v1,${mac}` || !fresh)
      return void response.writeHead(401).end();
    const asked = JSON.parse(body) as Asked;
    seen.push({ asked, headers });
    answer(asked, response, id);
  }

  function answerWell({ act, person }: Asked, response: ServerResponse): void {
    const rows = held.get(person?.externalId) ?? [];
    if (act === "check") return json(response, {});
    if (act === "verify") return json(response, { remaining: rows.length });
    if (act === "export") return lines(response, [...rows.map(item), { end: rows.length }]);
    held.delete(person.externalId);
    const collections = [{ name: "rows", records: rows.length, strategy: "delete" }];
    json(response, { status: "done", recordsDeleted: rows.length, collections });
  }

  const source = (more: Partial<WebhookSourceOptions> = {}) =>
    webhookSource(
      { name: "crm", url, secret: SECRET, acts: ["erase", "export", "verify"], ...more },
      clock,
    );
  const holds = async ({ externalId }: Identity) => held.get(externalId)?.length ?? 0;

  for (const { rule, needs, check } of connectorRules) {
    if (needs.includes("identities")) continue;
    test(rule, () => {
      const port = (server.address() as AddressInfo).port;
      const begin = async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
      const outage = { begin, end: () => listen(port) };
      return check({ source: source(), ann, bob, records: RECORDS, holds, outage });
    });
  }

  test("a receiver learns the names that it is to have, and no others", async () => {
    const known = person("ann", { email: "ann@example.org", phone: "+49" });
    await source({ identifiers: ["email"] }).erase!(known, call());
    assert.deepEqual(seen[0]!.asked.person, {
      externalId: "ann",
      identifiers: { email: "ann@example.org" },
    });
    assert.ok(!JSON.stringify(seen[0]!.asked).includes(known.subject));
    const without = source({ identifiers: ["email"] }).erase!(ann, call());
    await assert.rejects(without, failing("identifier-missing"));
  });

  test("what takes long is asked about again under the same id, until it is done", async () => {
    answer = (asked, response) => {
      if (seen.length < 3) return json(response, { status: "pending", checkAgainAfter: 30 }, 202);
      answerWell(asked, response);
    };
    const request = call();
    const first = await source().erase!(ann, request);
    assert.deepEqual(first, {
      status: "pending",
      recordsDeleted: 0,
      collections: [],
      checkAgainAt: NOW + 30_000,
    });
    assert.equal((await source().erase!(ann, request)).status, "pending");
    assert.equal((await source().erase!(ann, request)).recordsDeleted, RECORDS);
    assert.equal(new Set(seen.map(({ headers }) => headers["webhook-id"])).size, 1);
  });

  test("an order to anonymise tells its ground and its end", async () => {
    const order = { ground: "tax-law", keepUntil: (NOW + 1) as EpochMs };
    await source({ acts: ["anonymise", "erase"] }).anonymise!(ann, order, call());
    assert.deepEqual((seen[0]!.asked as unknown as { order: unknown }).order, order);
  });

  test("a rule of retention is asked for by its moment, with whom to pass over, each time under an id of its own", async () => {
    const [rule] = source({ retention: [{ rule: "tickets", maxAge: "P2Y" }] }).retention!;
    assert.deepEqual([rule!.rule, rule!.maxAge, rule!.spares], ["tickets", "P2Y", true]);
    answer = ({ act }, response) => json(response, act === "count" ? { over: 3 } : { removed: 2 });
    assert.equal(await rule!.count(NOW, call().signal, [ann]), 3);
    for (const _ of [1, 2]) assert.equal(await rule!.sweep(NOW, 2, call().signal, [ann]), 2);
    const asked = { version: 1, rule: "tickets", before: NOW, held: ["ann"] };
    const [counted, swept] = seen.map((one) => one.asked as object);
    assert.deepEqual(counted, { ...asked, act: "count" });
    assert.deepEqual(swept, { ...asked, act: "sweep", limit: 2 });
    assert.equal(new Set(seen.map(({ headers }) => headers["webhook-id"])).size, 3);
    for (const bad of [{ removed: -1 }, { removed: 1, over: 1 }, { over: 1.5 }, {}]) {
      answer = (_, response) => json(response, bad);
      await assert.rejects(rule!.sweep(NOW, 2, call().signal, []), failing("malformed"));
      await assert.rejects(rule!.count(NOW, call().signal, []), failing("malformed"));
    }
  });

  test("one who says done and is not is found out by the look behind it", async () => {
    answer = ({ act }, response) =>
      json(response, act === "verify" ? { remaining: 3 } : { status: "done", recordsDeleted: 0 });
    assert.equal((await source().erase!(ann, call())).recordsDeleted, 0);
    assert.deepEqual(await source().verify!(ann, call()), { remaining: 3 });
  });

  for (const [what, cause, bad] of [
    ["no JSON", "malformed", (response) => response.writeHead(200, JSON_TYPE).end("done")],
    ["another type", "malformed", (response) => response.end('{"status":"done"}')],
    ["a field too many", "malformed", (response) => json(response, { ...DONE, extra: 1 })],
    [
      "a number below zero",
      "malformed",
      (response) => json(response, { ...DONE, recordsDeleted: -1 }),
    ],
    [
      "a number as text",
      "malformed",
      (response) => json(response, { ...DONE, recordsDeleted: "3" }),
    ],
    ["nothing", "malformed", (response) => response.writeHead(204).end()],
    [
      "more than an answer is long",
      "malformed",
      (response) => json(response, { ...DONE, x: "y".repeat(2e6) }),
    ],
    [
      "a redirect",
      "malformed",
      (response) => response.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
    ],
    [
      "that it does not know us",
      "refused",
      (response) => response.writeHead(403).end("secret-row"),
    ],
    ["that it has no time", "busy", (response) => response.writeHead(503).end("secret-row")],
    ["an error of its own", "failed", (response) => response.writeHead(500).end("secret-row")],
    ["half an answer", "unreachable", (response) => halfway(response)],
    ["in another language", "malformed", (response) => void response.socket!.end("hello\r\n\r\n")],
  ] as readonly [string, string, (response: ServerResponse) => void][]) {
    test(`a receiver that answers ${what} is told as ${cause}`, async () => {
      answer = (_, response) => bad(response);
      const silent = failing(cause, "127.0.0.1", "secret-row", SECRET, "ann");
      await assert.rejects(source().erase!(ann, call()), silent);
      await assert.rejects(source().verify!(ann, call()), failing(cause));
    });
  }

  test("an export that breaks off, lies about its number or goes on is not whole", async () => {
    const rows = [item("1 of ann"), item("2 of ann")];
    for (const told of [rows, [...rows, { end: 3 }], [{ end: 0 }, ...rows], [{ end: 2 }], []]) {
      answer = (_, response) => lines(response, told);
      await assert.rejects(items(source(), ann), failing("malformed"), JSON.stringify(told));
    }
    answer = (_, response) => lines(response, [...rows, { end: 2 }]);
    assert.equal((await items(source(), ann)).length, 2);
  });

  test("a receiver that never answers costs the call its time, and no more", async () => {
    answer = () => {};
    await assert.rejects(source().erase!(ann, call(200)), failing("timeout"));
    answer = (_, response) => void response.writeHead(200, JSON_TYPE).write("{");
    await assert.rejects(source().erase!(ann, call(200)), failing("timeout"));
  });

  test("another secret is refused by the receiver, and by the check at the start", async () => {
    const secret = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
    await assert.rejects(source({ secret }).erase!(ann, call()), failing("refused", secret));
    assert.deepEqual(await source({ secret }).check!(call().signal), [
      { level: "error", code: "refused" },
    ]);
  });

  test("no proxy of the environment is asked", async () => {
    const names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "NODE_USE_ENV_PROXY"];
    const kept = names.map((name) => process.env[name]);
    for (const name of names)
      process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : "http://127.0.0.1:9";
    try {
      assert.equal((await source().erase!(ann, call())).recordsDeleted, RECORDS);
    } finally {
      for (const [at, name] of names.entries()) {
        if (kept[at] === undefined) delete process.env[name];
        else process.env[name] = kept[at];
      }
    }
  });

  test("a server whose certificate nobody vouches for is told nothing", async () => {
    let asked = 0;
    const tls = createTlsServer(
      { key: TEST_CERTIFICATE_KEY, cert: TEST_CERTIFICATE },
      (request, response) => {
        asked += 1;
        void receive(request, response);
      },
    );
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    try {
      const secure = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
      await assert.rejects(source({ url: secure }).erase!(ann, call()), failing("refused"));
      assert.equal(asked, 0);
      const vouched = await source({ url: secure, ca: TEST_CERTIFICATE }).erase!(ann, call());
      assert.equal(vouched.recordsDeleted, RECORDS);
    } finally {
      tls.close();
    }
  });
});

describe("a call back", () => {
  const body = JSON.stringify({ version: 1, act: "erase", request: "case_1" });
  const headersOf = (text: string, at: number = NOW, key = Buffer.alloc(32, 7)) => {
    const timestamp = `${Math.floor(at / 1000)}`;
    const mac = createHmac("sha256", key).update(`id.${timestamp}.${text}`).digest("base64");
    return { "webhook-id": "id", "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` };
  };

  test("that is signed says which request may be asked about", () => {
    assert.deepEqual(readCallback(SECRET, headersOf(body), body, clock), { request: "case_1" });
    const two = { ...headersOf(body) };
    two["webhook-signature"] = `v1,AAAA ${two["webhook-signature"]}`;
    assert.deepEqual(readCallback(SECRET, two, body, clock), { request: "case_1" });
  });

  for (const [what, headers, text] of [
    ["was signed by another", headersOf(body, NOW, Buffer.alloc(32, 9)), body],
    ["was changed on its way", headersOf(body), body.replace("case_1", "case_2")],
    ["is ten minutes old", headersOf(body, NOW - 600_000), body],
    ["comes from the future", headersOf(body, NOW + 600_000), body],
    ["has no signature", {}, body],
    ["is signed, and says something else", headersOf('{"version":2}'), '{"version":2}'],
    ["is signed, and no JSON", headersOf("x"), "x"],
  ] as const) {
    test(`that ${what} is refused`, () => {
      assert.throws(() => readCallback(SECRET, headers, text, clock), { code: "INPUT_INVALID" });
    });
  }
});

describe("a webhook's address and secret", () => {
  const given = {
    name: "crm",
    url: "https://crm.example/",
    secret: SECRET,
    acts: ["erase"],
  } as const;
  for (const [what, change] of [
    ["in the clear beyond this machine", { url: "http://crm.example/" }],
    ["with a password in it", { url: "https://u:secret-word@crm.example/" }],
    ["of a name that only starts like this machine's", { url: "http://localhost.example/" }],
    ["of a file", { url: "file:///etc/passwd" }],
    ["with a secret that is short", { secret: "whsec_c2VjcmV0LXdvcmQ=" }],
    ["with a secret that is none", { secret: "secret-word" }],
    ["with no act", { acts: [] }],
  ] as const) {
    test(`are refused: ${what}`, () => {
      assert.throws(
        () => webhookSource({ ...given, ...change } as WebhookSourceOptions),
        (error: Error) =>
          /CONFIG_INVALID/.test(error.message) && !/secret-word/.test(error.message),
      );
    });
  }
});

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const DONE = { status: "done", recordsDeleted: 3 };

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, JSON_TYPE).end(JSON.stringify(value));
}

function lines(response: ServerResponse, values: readonly unknown[]): void {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}

function halfway(response: ServerResponse): void {
  response.writeHead(200, { ...JSON_TYPE, "content-length": "1000" }).write("{");
  setTimeout(() => response.destroy(), 10);
}

const item = (text: string) => ({
  collection: "rows",
  id: text,
  category: "contact",
  data: { text },
});
