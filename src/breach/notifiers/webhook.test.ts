import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer as createHttp, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttps } from "node:https";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { webhookNotifier, type Message } from "#breach";

import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../../test/support/test-certificate.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
const MESSAGE: Message = {
  key: "case_1.sub_2",
  to: { kind: "person", externalId: "ada" },
  title: "Notice",
  text: "text",
  html: "<p>text</p>",
};
const NOW = Date.UTC(2026, 0, 1);
const clock = { now: () => NOW as never };

async function serve(status = 200, { tls = false, location = "" } = {}) {
  const received: { headers: IncomingHttpHeaders; body: string; url: string }[] = [];
  const make = tls
    ? createHttps.bind(null, { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY })
    : createHttp;
  const server = make((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { headers, url = "" } = request;
      received.push({ headers, url, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, location === "" ? {} : { location });
      response.end("a body with a password: hunter2");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    received,
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}/notices`,
    [Symbol.dispose]: () => void server.close(),
  };
}

const send = (url: string, options: object = {}, message = MESSAGE, ms = 60_000) =>
  webhookNotifier({ url, secret: SECRET, clock, ...options }).send(message, {
    signal: AbortSignal.timeout(ms),
  });

/** As a receiver checks it. */
function isSigned({ headers, body }: { headers: IncomingHttpHeaders; body: string }, key: Buffer) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": given } = headers;
  const wanted = createHmac("sha256", key)
    .update(`${String(id)}.${String(at)}.${body}`)
    .digest("base64");
  return given === `v1,${wanted}`;
}

describe("a webhook gets signed messages", () => {
  test("the signature covers id, time and body, and no other key makes it", async () => {
    using server = await serve();
    assert.equal(await send(server.url), "sent");
    const [got] = server.received;
    assert.ok(isSigned(got!, KEY));
    assert.ok(!isSigned(got!, Buffer.alloc(32, 8)));
    assert.ok(!isSigned({ ...got!, body: got!.body.replace("ada", "eve") }, KEY));
    const later = { ...got!.headers, "webhook-timestamp": String(NOW / 1000 + 1) };
    assert.ok(!isSigned({ ...got!, headers: later }, KEY));
    assert.deepEqual(got!.headers["webhook-timestamp"], String(NOW / 1000));
    assert.deepEqual(JSON.parse(got!.body).to, { kind: "person", externalId: "ada" });
  });

  test("one that is sent again has the same id", async () => {
    using server = await serve();
    for (let times = 0; times < 2; times += 1) await send(server.url);
    assert.deepEqual(
      server.received.map(({ headers }) => headers["webhook-id"]),
      [MESSAGE.key, MESSAGE.key],
    );
  });

  test("over TLS with a certificate that is vouched for, and not with another", async () => {
    using server = await serve(200, { tls: true });
    assert.equal(await send(server.url, { ca: TEST_CERTIFICATE }), "sent");
    await assert.rejects(send(server.url), { reason: "certificate" });
    assert.equal(server.received.length, 1);
  });

  test("a redirect is not followed: it would go where nobody configured", async () => {
    using other = await serve();
    using server = await serve(307, { location: other.url });
    await assert.rejects(send(server.url), { reason: "refused" });
    assert.deepEqual(other.received, []);
  });

  for (const [status, outcome] of [
    [401, "credentials"],
    [403, "credentials"],
    [500, "refused"],
  ] as const) {
    test(`an answer ${status} is a failure: ${outcome}`, async () => {
      using server = await serve(status);
      await assert.rejects(send(server.url), (error) => {
        assert.equal((error as { reason?: string }).reason, outcome);
        const shown = inspect(error, { depth: 9, showHidden: true });
        assert.doesNotMatch(shown, /hunter2|whsec|ada/);
        return true;
      });
    });
  }

  test("404 for a person says that nobody knows how to reach them", async () => {
    using server = await serve(404);
    assert.equal(await send(server.url), "no-address");
    const dpo: Message = { ...MESSAGE, to: { kind: "dpo", party: null } };
    await assert.rejects(send(server.url, {}, dpo), { reason: "refused" });
  });

  test("no server is unreachable, and one that says nothing is a timeout", async () => {
    await assert.rejects(send("http://127.0.0.1:1/notices"), { reason: "unreachable" });
    const silent = createHttp(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const call = send(`http://127.0.0.1:${port}`, {}, MESSAGE, 100);
    await assert.rejects(call, { reason: "timeout" });
    silent.closeAllConnections();
    silent.close();
  });

  test("the secret is in no property of it", () => {
    const notifier = webhookNotifier({ url: "https://a.example", secret: SECRET });
    assert.doesNotMatch(inspect(notifier, { depth: 9, showHidden: true }), /whsec|Bwc/);
  });

  for (const [what, options] of [
    ["an address in the clear", { url: "http://a.example" }],
    ["an address that is none", { url: "a.example" }],
    ["an address with a password", { url: "https://user:hunter2@a.example" }],
    ["a file", { url: "file:///etc/passwd" }],
    ["a short secret", { secret: "whsec_c2hvcnQ=" }],
    ["a secret of another kind", { secret: "hunter2".repeat(8) }],
  ] as const) {
    test(`${what} is refused, and not repeated`, () => {
      const make = () => webhookNotifier({ url: "https://a.example", secret: SECRET, ...options });
      assert.throws(make, (error: Error & { code: string }) => {
        assert.equal(error.code, "INPUT_INVALID");
        assert.doesNotMatch(error.message, /hunter2|passwd/);
        return true;
      });
    });
  }
});
