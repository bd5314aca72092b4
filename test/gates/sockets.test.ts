import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";

// Goal: content leaves the process by the egress gate, by a configured database or key service, and
// in no other way. Method: what the sources import is listed, and a whole run is made in a process
// in which every way to connect is trapped.

/** The files that connect, each to what its configuration names, and what they may use for it. */
const CONNECTS: Readonly<Record<string, readonly string[]>> = {
  "src/breach/notifiers/smtp.ts": ["nodemailer"],
  "src/breach/notifiers/webhook.ts": ["node:http", "node:https"],
  // `node --check` of the configuration: it reads the file, and runs nothing of it.
  "src/cli/config-fault.ts": ["node:child_process"],
  "src/connectors/redis/driver.ts": ["redis"],
  "src/connectors/sql/mysql/driver.ts": ["mysql2/promise"],
  "src/connectors/sql/postgres/driver.ts": ["pg"],
  "src/connectors/webhook/http.ts": ["node:http", "node:https"],
  "src/keys/vault/http.ts": ["node:http", "node:https"],
  "src/store/postgres/driver.ts": ["pg"],
};

/** What opens no socket. Whatever is not here is asked about: it is added here, or above. */
const STAYS_INSIDE: ReadonlySet<string> = new Set([
  "node:assert/strict",
  "node:crypto",
  "node:events",
  "node:fs",
  "node:fs/promises",
  "node:os",
  "node:path",
  "node:readline",
  "node:sqlite",
  "node:stream",
  "node:stream/consumers",
  "node:timers/promises",
  "node:url",
  "node:util",
  "node:worker_threads",
  "node:zlib",
  "commander",
  "croner",
  "kysely",
  "stemmer",
  "temporal-polyfill",
  "yazl",
  "zod",
]);

const SPECIFIER =
  /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\(|getBuiltinModule\s*\()\s*"([^"\s]+)"/g;

/** Ways that need no import. */
const GLOBALS =
  /\b(fetch|WebSocket|EventSource|XMLHttpRequest|sendBeacon|createRequire)\s*[(.]|process\.(binding|dlopen)\b/g;

/** A module whose name is made when the program runs: only the command line's own configuration. */
const COMPUTED = /(?:\bimport|getBuiltinModule)\s*\(\s*[^"\s)][^)]*/g;
const LOADS_CONFIG = "src/cli/config-file.ts";

/** A type is gone when the program runs. Comments and types are not looked at. */
function running(source: string): string {
  return source
    .replaceAll(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, "")
    .replaceAll(/^(?:import|export) type [^]*?;$/gm, "")
    .replaceAll(/\btypeof import\("[^"]+"\)/g, "");
}

/** Everything in a file that could open a socket, and is not allowed to that file. */
function waysOut(file: string, source: string): string[] {
  const text = running(source);
  const imported = [...text.matchAll(SPECIFIER)].map((match) => match[1]!);
  const foreign = imported.filter((name) => !/^[.#]/.test(name));
  const odd = foreign.filter(
    (name) => !STAYS_INSIDE.has(name) && !(CONNECTS[file] ?? []).includes(name),
  );
  const globals = [...text.matchAll(GLOBALS)].map((match) => match[0]);
  const computed = file === LOADS_CONFIG ? [] : [...text.matchAll(COMPUTED)].map(String);
  return [...odd, ...globals, ...computed].map((way) => `${file}: ${way}`);
}

const sources = globSync("src/**/*.ts")
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !file.endsWith(".test.ts") && !file.includes("/conformance/"));

describe("no code opens a socket, but for the files named here", () => {
  test("no source imports what connects, or uses a global that does", () => {
    assert.ok(sources.length > 100, "a check that sees no files would pass for ever");
    assert.deepEqual(
      sources.flatMap((file) => waysOut(file, readFileSync(file, "utf8"))),
      [],
    );
  });

  test("each file that is named here does connect: the list is no longer than it must be", () => {
    for (const [file, names] of Object.entries(CONNECTS)) {
      assert.ok(existsSync(file), file);
      const text = running(readFileSync(file, "utf8"));
      for (const name of names) assert.ok(text.includes(`"${name}"`), `${file}: ${name}`);
    }
  });

  for (const line of [
    'import net from "node:net";',
    'import { connect } from "node:tls";',
    'import { request } from "node:https";',
    'export { createSocket } from "node:dgram";',
    'import "undici";',
    'import {\n  Pool,\n} from "pg";',
    'const { connect } = await import("node:http2");',
    'const dns = process.getBuiltinModule("node:dns");',
    'await fetch("https://example.org", { method: "POST", body });',
    "await globalThis.fetch(url);",
    "const socket = new WebSocket(url);",
    'import { spawn } from "node:child_process";',
    "const require = createRequire(import.meta.url);",
    "const net = await import(`node:${name}`);",
    "const net = process.getBuiltinModule(name);",
  ]) {
    test(`the check bites: ${line.replaceAll(/\s+/g, " ")}`, () => {
      assert.equal(waysOut("src/memory/recall.ts", line).length, 1);
    });
  }

  test("the check leaves types and comments alone", () => {
    const source = 'import type { Pool } from "pg";\n// fetch(url)\n/** WebSocket.send */\n';
    assert.deepEqual(waysOut("src/memory/recall.ts", source), []);
  });
});

const TRAP = resolve("test/gates/support/trap-sockets.ts");
const TRIED = /^TRIED TO CONNECT: (.+)$/gm;

/** Runs a program in which every way to connect is trapped. */
function trapped(...program: readonly string[]) {
  const args = ["--conditions=oubli-source", "--import", TRAP, ...program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stdout, tried: [...stderr.matchAll(TRIED)].map((match) => match[1]!) };
}

describe("a whole run connects to nothing", () => {
  test("the demo: remember, recall, erase, rotate, back up, restore and verify", () => {
    const { status, stdout, tried } = trapped("src/cli/main.ts", "demo");
    assert.equal(status, 0);
    assert.match(stdout, /claims were checked in this run, and hold/);
    assert.deepEqual(tried, []);
  });

  test("every call of a session, with an embedder and a deriver of its own", () => {
    const { status, stdout, tried } = trapped("test/gates/support/all-calls.ts");
    assert.equal(status, 0);
    assert.equal(stdout.trim(), "done");
    assert.deepEqual(tried, []);
  });

  for (const [way, program] of [
    ["fetch", "await fetch('http://127.0.0.1:9')"],
    ["net", "(await import('node:net')).connect(9, '127.0.0.1')"],
    ["net", "(await import('node:http')).get('http://127.0.0.1:9')"],
    ["net", "(await import('node:tls')).connect(9, '127.0.0.1')"],
    ["dns", "(await import('node:dns')).lookup('example.org', () => {})"],
    ["dns", "await (await import('node:dns/promises')).resolve('example.org')"],
    ["dgram", "(await import('node:dgram')).createSocket('udp4').send('x', 9, '127.0.0.1')"],
    ["WebSocket", "new WebSocket('ws://127.0.0.1:9')"],
  ] as const) {
    test(`the trap bites: ${program}`, () => {
      const { status, tried } = trapped("--input-type=module", "--eval", program);
      assert.notEqual(status, 0);
      assert.equal(tried[0], way);
    });
  }
});
