/**
 * Measures what a memory costs on this machine, on both engines, and prints what that makes of a
 * million to a billion of them. `--quick` measures fewer. Needs PostgreSQL's own binaries and
 * `--expose-gc`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { openOubli } from "../src/index.ts";
import { randomIds, type EpochMs } from "../src/kernel/index.ts";
import { postgres } from "../src/store/index.ts";
import { openPostgresBench } from "./postgres/world.ts";
import { person, question } from "./world.ts";

const quick = process.argv.includes("--quick");
const PEOPLE = quick ? 5 : 20;
const EACH = 250;
const MEMORIES = PEOPLE * EACH;
const SCALES = [1e6, 1e7, 1e8, 1e9];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Constants {
  readonly engine: string;
  readonly memoryBytes: number;
  readonly keyBytes: number;
  readonly auditBytes: number;
  readonly recallsPerCpuSecond: number;
}

async function fill(oubli: Parameters<typeof person>[0]) {
  const people = [];
  for (let at = 0; at < PEOPLE; at += 1) people.push(await person(oubli, `person-${at}`, EACH));
  return people;
}

type People = Awaited<ReturnType<typeof fill>>;

/** Entries are what recalls write: one each. */
async function recallAll(people: People, rounds: number): Promise<number> {
  for (const { chat } of people) await chat.recall("warm up");
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    for (const { chat } of people) await chat.recall(question(round), { limit: 10 });
  }
  const { user, system } = process.cpuUsage(before);
  return (people.length * rounds) / ((user + system) / 1e6);
}

const ROUNDS = quick ? 40 : 100;

async function onFiles(): Promise<Constants> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-capacity-"));
  const region = { jurisdictions: ["*"], store: `sqlite:${join(folder, "data")}` };
  const open = () => openOubli({ regions: { bench: region } }, { sweep: "manual" });
  // A closed store has no write-ahead log beside it.
  const size = (name: string): number => statSync(join(folder, "data", `${name}.db`)).size;
  await (await open()).close();
  const empty = { memory: size("memory"), keys: size("keys") };
  const first = await open();
  await fill(first);
  await first.close();
  const full = { memory: size("memory"), keys: size("keys"), audit: size("audit") };
  const again = await open();
  const people = await fillNone(again);
  const recallsPerCpuSecond = await recallAll(people, ROUNDS);
  await again.close();
  const auditBytes = (size("audit") - full.audit) / (PEOPLE * (ROUNDS + 1));
  rmSync(folder, { recursive: true });
  return {
    engine: "SQLite",
    memoryBytes: (full.memory - empty.memory) / MEMORIES,
    keyBytes: (full.keys - empty.keys) / MEMORIES,
    auditBytes,
    recallsPerCpuSecond,
  };
}

async function fillNone(oubli: Parameters<typeof person>[0]): Promise<People> {
  const people = [];
  for (let at = 0; at < PEOPLE; at += 1) people.push(await person(oubli, `person-${at}`, 0));
  return people;
}

async function onServer(): Promise<Constants & { appends: readonly [number, number] }> {
  await using bench = await openPostgresBench();
  const size = async (name: string): Promise<number> => {
    const { rows } = await bench.admin.query(
      `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 AS bytes FROM pg_class
       WHERE relkind = 'r' AND relnamespace = to_regnamespace($1)`,
      [`oubli_bench_${name}`],
    );
    return (rows as { bytes: number }[])[0]!.bytes;
  };
  const empty = { memory: await size("memory"), keys: await size("keys") };
  const people = await fill(bench.oubli);
  const full = { memory: await size("memory"), keys: await size("keys") };
  const audit = await size("audit");
  const recallsPerCpuSecond = await recallAll(people, ROUNDS);
  const auditBytes = ((await size("audit")) - audit) / (PEOPLE * (ROUNDS + 1));
  const address = (
    bench.admin as unknown as { connectionParameters: { host: string; port: number } }
  ).connectionParameters;
  const url = `postgres://postgres@${address.host}:${address.port}/postgres`;
  return {
    engine: "PostgreSQL",
    memoryBytes: (full.memory - empty.memory) / MEMORIES,
    keyBytes: (full.keys - empty.keys) / MEMORIES,
    auditBytes,
    recallsPerCpuSecond,
    appends: [await appendsPerSecond(url, 1), await appendsPerSecond(url, 32)],
  };
}

/** One process, one head: entries a second, so many a commit. */
async function appendsPerSecond(url: string, together: number): Promise<number> {
  const region = `head-${together}`;
  await postgres.migrate({ url, region, schemas: [postgres.SCHEMAS[0]], logins: [] });
  const store = await postgres.openAuditStore({ url, region });
  const now = 1 as EpochMs;
  const bytes = new Uint8Array(500);
  const batch = Array.from({ length: together }, () => {
    const entry = {
      id: randomIds.next("entry"),
      type: "retrieve",
      ts: now,
      subject: null,
      bytes,
    } as const;
    return { log: "access", entries: [entry], check: null, effects: [] } as const;
  });
  for (let at = 0; at < 50; at += 1) await store.append(batch, now);
  const start = performance.now();
  const times = quick ? 200 : 1000;
  for (let at = 0; at < times; at += 1) await store.append(batch, now);
  const seconds = (performance.now() - start) / 1000;
  await store.close();
  return (times * together) / seconds;
}

/** What one process holds more when so many memories are decrypted and indexed. */
async function workingSetBytes(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-capacity-"));
  const region = { jurisdictions: ["*"], store: `sqlite:${join(folder, "data")}` };
  const open = () => openOubli({ regions: { bench: region } }, { sweep: "manual" });
  const count = 5000;
  const first = await open();
  await person(first, "ada", count);
  await first.close();
  const again = await open();
  const { chat } = await person(again, "ada", 0);
  const { chat: small } = await person(again, "ben", 1);
  for (let at = 0; at < 200; at += 1) await small.recall(question(at));
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers, external } = process.memoryUsage();
    return heapUsed + Math.max(arrayBuffers, external);
  };
  const before = held();
  await chat.recall(question(1));
  const after = held();
  await again.close();
  rmSync(folder, { recursive: true });
  return (after - before) / (count / 1000);
}

const number = (value: number): string => Math.round(value).toLocaleString("en");
const tera = (bytes: number): string =>
  bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(1)} GB`;

const working = await workingSetBytes();
const files = await onFiles();
const server = await onServer();

console.log(`Measured over ${number(MEMORIES)} memories of ${PEOPLE} people.\n`);
console.log("| constant | SQLite | PostgreSQL |\n|---|---|---|");
for (const [what, pick] of [
  ["bytes a memory, its row and indexes", "memoryBytes"],
  ["bytes a memory, in keys", "keyBytes"],
  ["bytes an audit entry of a recall, with its hashes", "auditBytes"],
  ["warm audited recalls a second of this process's CPU", "recallsPerCpuSecond"],
] as const) {
  console.log(`| ${what} | ${number(files[pick])} | ${number(server[pick])} |`);
}
console.log(`| working set, bytes for 1,000 memories | ${number(working)} | the same |`);
console.log(`| entries a second on one head, 1 a commit | | ${number(server.appends[0])} |`);
console.log(`| entries a second on one head, 32 a commit | | ${number(server.appends[1])} |`);

console.log("\n| memories | memory | keys | audit, at 10 recalls a memory |\n|---|---|---|---|");
for (const count of SCALES) {
  const { memoryBytes, keyBytes, auditBytes } = server;
  const cells = [memoryBytes * count, keyBytes * count, auditBytes * count * 10].map(tera);
  console.log(`| ${number(count)} | ${cells.join(" | ")} |`);
}
