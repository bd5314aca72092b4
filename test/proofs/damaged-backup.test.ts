import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";

import { isOubliError } from "#kernel";
import { sqliteRestorePlace } from "#store";

import { openBackedUp, tell, toldBy, type BackedUp } from "./support/backed-up.ts";

// Goal: what is not exactly what was signed is refused, and leaves the place as it was.
// Method: one change at a time over a real backup, and at the end a control: unchanged, it restores.

const CODES = new Set(["BACKUP_DAMAGED", "BACKUP_FOREIGN"]);

/** Places in each file: its first and last bytes, and some in every part of it. */
const PLACES = 24;

interface Lost {
  readonly life: BackedUp;
  /** The backup's own folder. */
  readonly folder: string;
}

async function lost(): Promise<Lost & AsyncDisposable> {
  const life = await openBackedUp();
  await tell(life.oubli, "ada", "likes tea");
  const { backup } = await life.oubli.backup(life.backups);
  await life.lose();
  return {
    life,
    folder: join(life.backups, backup),
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}

async function assertRefused({ life }: Lost, from: string | Readable, what: string) {
  await assert.rejects(
    life.restore({ from }),
    (error) => isOubliError(error) && CODES.has(error.code),
    what,
  );
  assert.ok(await life.medium.isEmpty(), `${what}: nothing left`);
}

async function assertRestores({ life }: Lost, from: string | Readable): Promise<void> {
  await life.restore({ from });
  await life.reopen();
  assert.deepEqual(await toldBy(life.oubli, "ada"), ["likes tea"]);
}

function changed(file: string, at: number, work: () => Promise<void>): Promise<void> {
  const bytes = readFileSync(file);
  const other = Buffer.from(bytes);
  other[at]! ^= 1 << (at % 8);
  writeFileSync(file, other);
  return work().finally(() => writeFileSync(file, bytes));
}

test("a byte that was changed is refused, in every part of the manifest and of each file", async () => {
  await using world = await lost();
  let tried = 0;
  for (const name of readdirSync(world.folder)) {
    const file = join(world.folder, name);
    const { size } = statSync(file);
    const step = name === "manifest.note" ? 13 : (size - 1) / PLACES;
    for (let at = 0; at < size; at += step) {
      const place = Math.floor(at);
      await changed(file, place, () =>
        assertRefused(world, world.folder, `${name}, byte ${place}`),
      );
      tried += 1;
    }
  }
  assert.ok(tried > 70 + 3 * PLACES, String(tried));
  await assertRestores(world, world.folder);
});

test("a file that is missing, cut short, longer, or another one's is refused", async () => {
  await using world = await lost();
  const at = (name: string): string => join(world.folder, name);
  for (const name of readdirSync(world.folder)) {
    const bytes = readFileSync(at(name));
    const put = (): void => writeFileSync(at(name), bytes);
    await rm(at(name));
    await assertRefused(world, world.folder, `${name} missing`);
    put();
    for (const length of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
      truncateSync(at(name), length);
      await assertRefused(world, world.folder, `${name}, ${length} bytes`);
      put();
    }
    appendFileSync(at(name), "\n");
    await assertRefused(world, world.folder, `${name}, longer`);
    put();
  }
  const [keys, memory] = [readFileSync(at("keys.snapshot")), readFileSync(at("memory.snapshot"))];
  writeFileSync(at("keys.snapshot"), memory);
  writeFileSync(at("memory.snapshot"), keys);
  await assertRefused(world, world.folder, "two files changed places");
  writeFileSync(at("keys.snapshot"), keys);
  writeFileSync(at("memory.snapshot"), memory);
  await assertRestores(world, world.folder);
});

test("a stream that ends anywhere too soon, or is none, is refused", async () => {
  await using life = await openBackedUp();
  await tell(life.oubli, "ada", "likes tea");
  const chunks: Buffer[] = [];
  const { Writable } = await import("node:stream");
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await life.oubli.backup(sink);
  await life.lose();
  const tar = Buffer.concat(chunks);
  const world = { life, folder: "" };

  for (let part = 0; part < 40; part += 1) {
    const length = Math.floor((tar.length * part) / 40);
    await assertRefused(world, Readable.from([tar.subarray(0, length)]), `${length} bytes of tar`);
  }
  await assertRefused(world, Readable.from([Buffer.from("no tar".repeat(500))]), "no tar");
  for (let at = 100; at < tar.length; at += 4999) {
    const other = Buffer.from(tar);
    other[at]! ^= 0x40;
    const padding = isPadding(tar, at);
    if (!padding) await assertRefused(world, Readable.from([other]), `tar, byte ${at}`);
  }
  const pieces = Array.from({ length: Math.ceil(tar.length / 777) }, (_, n) =>
    tar.subarray(n * 777, (n + 1) * 777),
  );
  await assertRestores(world, Readable.from(pieces));
});

test("a snapshot of a newer version's schema is refused, though it is signed", async () => {
  await using life = await openBackedUp();
  await tell(life.oubli, "ada", "likes tea");
  await life.medium.makeNewer();
  await life.oubli.backup(life.backups);
  await life.lose();

  await assert.rejects(life.restore(), { code: "SCHEMA_NEWER" });
  assert.ok(await life.medium.isEmpty());
});

/** Between a file's end and the next block: nothing is there to be signed. */
function isPadding(tar: Buffer, at: number): boolean {
  for (let start = 0; start < tar.length;) {
    const size = Number.parseInt(tar.toString("latin1", start + 124, start + 135), 8);
    if (Number.isNaN(size)) return true;
    const [end, next] = [start + 512 + size, start + 512 + Math.ceil(size / 512) * 512];
    if (at < next) return at >= end;
    start = next;
  }
  return true;
}

test("in a folder of backups, one that we did not sign is passed over, and counted", async () => {
  await using world = await lost();
  const { life } = world;
  for (const [name, note] of [
    ["bak_junk", "junk"],
    ["bak_large", "x".repeat(100_000)],
  ] as const) {
    mkdirSync(join(life.backups, name));
    writeFileSync(join(life.backups, name, "manifest.note"), note);
  }
  mkdirSync(join(life.backups, "bak_folder", "manifest.note"), { recursive: true });

  assert.equal((await life.restore()).passedOver, 3);
  await life.medium.lose();
  writeFileSync(join(world.folder, "manifest.note"), "junk");
  await assert.rejects(life.restore(), { code: /BACKUP_/ }, "where none is ours, it says why");
});

test("what is staged goes into a folder of its own, where no link leads it away", async () => {
  await using world = await lost();
  const { life } = world;
  const [data, elsewhere] = [life.path("data"), life.path("elsewhere")];
  mkdirSync(data);
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(data, ".staged"));
  const place = sqliteRestorePlace(data);

  await assert.rejects(place.stage("keys", Readable.from([Buffer.from("wrapped")])));
  assert.deepEqual(readdirSync(elsewhere), []);
  await life.restore();
  assert.deepEqual(readdirSync(elsewhere), []);
});
