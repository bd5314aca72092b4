import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { smtpNotifier, type Message, type SmtpOptions } from "#breach";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../../test/support/test-certificate.ts";

const PASSWORD = "correct-horse-battery";
const MESSAGE: Message = {
  key: "case_internal-1.sub_internal-2",
  to: { kind: "person", externalId: "ada" },
  title: "Notice of Data Breach",
  text: "What happened\nSomebody read it.\n",
  html: "<p>Somebody read it.</p>",
};
const DPO: Message = {
  ...MESSAGE,
  to: { kind: "dpo", party: { name: "Dana", contact: { email: "dpo@clinic.example" } } },
};

interface Received {
  readonly to: readonly string[];
  readonly raw: string;
  readonly user: string | null;
  readonly secure: boolean;
}

/** A real SMTP server on this machine, which keeps what it is given. */
async function serve(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    key: TEST_CERTIFICATE_KEY,
    cert: TEST_CERTIFICATE,
    authOptional: true,
    onAuth({ username, password }, _, done) {
      if (password === PASSWORD) return done(null, { user: username! });
      return done(new Error(`no such password: ${password}`));
    },
    onRcptTo({ address }, _, done) {
      done(address.startsWith("full") ? new Error(`${address} is full`) : null);
    },
    onData(stream, { envelope, user, secure }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = envelope.rcptTo.map(({ address }) => address);
        const raw = Buffer.concat(chunks).toString();
        received.push({ to, raw, user: (user as string | undefined) ?? null, secure });
        done();
      });
    },
    ...options,
  });
  // A client that gives up on a handshake is what some of these tests are about.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return {
    received,
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(resolve)),
  };
}

function notifierAt(port: number, options: Partial<SmtpOptions> = {}) {
  return smtpNotifier({
    host: "127.0.0.1",
    port,
    from: "privacy@clinic.example",
    ca: TEST_CERTIFICATE,
    addressOf: (name) => (name === "ada" ? "ada@people.example" : null),
    ...options,
  });
}

const send = (notifier: ReturnType<typeof notifierAt>, message: Message, ms = 60_000) =>
  notifier.send(message, { signal: AbortSignal.timeout(ms) });

describe("an SMTP server gets letters", () => {
  for (const tls of ["starttls", "implicit", "none"] as const) {
    test(`over ${tls}, with a login, in plain text and HTML`, async () => {
      await using server = await serve({ secure: tls === "implicit", allowInsecureAuth: true });
      const auth = { user: "oubli", password: PASSWORD };
      assert.equal(await send(notifierAt(server.port, { tls, auth }), MESSAGE), "sent");
      const [mail] = server.received as [Received];
      assert.deepEqual(mail.to, ["ada@people.example"]);
      assert.deepEqual([mail.user, mail.secure], ["oubli", tls !== "none"]);
      for (const part of ["Subject: Notice of Data Breach", "text/plain", "text/html"]) {
        assert.ok(mail.raw.includes(part), part);
      }
    });
  }

  test("the officer's go to the address of the configuration", async () => {
    await using server = await serve();
    assert.equal(await send(notifierAt(server.port), DPO), "sent");
    assert.deepEqual(server.received[0]!.to, ["dpo@clinic.example"]);
  });

  test("a letter that is sent again has the same Message-ID, and none of the inside in it", async () => {
    await using server = await serve();
    for (let times = 0; times < 2; times += 1) await send(notifierAt(server.port), MESSAGE);
    const ids = server.received.map(({ raw }) => /^Message-ID: (.+)$/im.exec(raw)?.[1]);
    assert.ok(ids[0]);
    assert.equal(ids[0], ids[1]);
    assert.doesNotMatch(server.received[0]!.raw, /internal/);
  });

  test("whom nobody has an address for, or one that is two, gets none", async () => {
    await using server = await serve();
    const bob: Message = { ...MESSAGE, to: { kind: "person", externalId: "bob" } };
    assert.equal(await send(notifierAt(server.port), bob), "no-address");
    for (const address of ["a@b.example\r\nBcc: all@b.example", "a@b.example, c@d.example", ""]) {
      const notifier = notifierAt(server.port, { addressOf: () => address });
      assert.equal(await send(notifier, MESSAGE), "no-address");
    }
    assert.deepEqual(server.received, []);
  });
});

describe("a failure is told by its kind, and credentials are nowhere", () => {
  const auth = { user: "oubli", password: "hunter2-wrong" };

  test("a wrong password: credentials", async () => {
    await using server = await serve();
    const notifier = notifierAt(server.port, { auth });
    await assert.rejects(send(notifier, MESSAGE), (error: Error & { reason: string }) => {
      assert.equal(error.reason, "credentials");
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      assert.doesNotMatch(shown, /hunter2|ada@/);
      return true;
    });
    assert.doesNotMatch(inspect(notifier, { depth: 9, showHidden: true }), /hunter2/);
  });

  test("a certificate that nobody vouches for: nothing is sent", async () => {
    await using server = await serve();
    const { ca: _, ...trusting } = { ca: 0, host: "127.0.0.1", port: server.port };
    const notifier = smtpNotifier({ ...trusting, from: "a@b.example", auth });
    await assert.rejects(send(notifier, DPO), { reason: "certificate" });
    assert.deepEqual(server.received, []);
  });

  test("a server without STARTTLS: nothing is sent in the clear", async () => {
    await using server = await serve({ disabledCommands: ["STARTTLS"] });
    await assert.rejects(send(notifierAt(server.port, { auth }), MESSAGE));
    assert.deepEqual(server.received, []);
  });

  test("an address that the server does not take: refused", async () => {
    await using server = await serve();
    const notifier = notifierAt(server.port, { addressOf: () => "full@people.example" });
    await assert.rejects(send(notifier, MESSAGE), { reason: "refused" });
  });

  test("no server: unreachable", async () => {
    await assert.rejects(send(notifierAt(1), MESSAGE), { reason: "unreachable" });
  });

  test("a server that says nothing: timeout", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    await assert.rejects(send(notifierAt(port), MESSAGE, 100), { reason: "timeout" });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  for (const [what, options] of [
    ["a connection in the clear to another machine", { host: "mail.example", tls: "none" }],
    ["a sender that is two lines", { from: "a@b.example\nBcc: c@d.example" }],
    ["a name that is a sentence", { name: "Our Mail" }],
  ] as const) {
    test(`${what} is refused before anything is sent`, () => {
      assert.throws(() => notifierAt(25, options), { code: "INPUT_INVALID" });
    });
  }
});
