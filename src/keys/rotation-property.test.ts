import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";

import { randomIds, utf8, type EpochMs, type NodeId, type SubjectId } from "#kernel";

import * as fc from "../../test/support/properties.ts";
import { openKeyStore } from "../store/sqlite/key-store.ts";
import type { Fault } from "./faults.ts";
import { fileRootProvider } from "./file-root.ts";
import { keyName, wrapPlaces } from "./key-names.ts";
import type { SubjectKeyRow } from "./key-store.ts";
import type { Keyring } from "./keyring.ts";
import { openKeyring } from "./open-keyring.ts";
import type { RootProvider } from "./root-provider.ts";
import { unwrap } from "./wrap.ts";

// Goal: rotation never resurrects and never loses, and old copies open nothing that is final.
// Method: two processes act at random on real files, many acts at once, rotations that die among
// them. Beside them a model of three lines: minted, erased, final. Copies of the keys file are
// taken all along; at the end a thief with every copy and the live root tries every key on
// every key.

const SUBJECTS = 3;
const AT = 1_800_000_000_000 as EpochMs;

type Act =
  | { readonly act: "mint"; readonly process: number; readonly subject: number }
  | { readonly act: "revise"; readonly process: number; readonly pick: number }
  | { readonly act: "shred"; readonly process: number; readonly pick: number }
  | { readonly act: "erase"; readonly process: number; readonly subject: number }
  | { readonly act: "rotate"; readonly process: number; readonly dieAt: number }
  | { readonly act: "wait" };

const process = fc.nat({ max: 1 });
const subject = fc.nat({ max: SUBJECTS - 1 });
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant("mint" as const), process, subject }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("revise" as const), process, pick: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant("shred" as const), process, pick: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("erase" as const), process, subject }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("rotate" as const),
      process,
      dieAt: fc.oneof(fc.constant(0), fc.nat({ max: 24 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("wait" as const) }) },
);
/** Acts of one batch run at once; between batches everything is checked, and a copy is taken. */
const lives = fc.array(fc.array(acts, { minLength: 1, maxLength: 6 }), {
  minLength: 3,
  maxLength: 10,
});

interface Minted {
  readonly subject: SubjectId;
  readonly node: NodeId;
  readonly revision: number;
  readonly key: string;
  erasedWith: number | null;
}

class Life {
  readonly folder = mkdtempSync(join(tmpdir(), "oubli-life-"));
  readonly file = join(this.folder, "keys.db");
  readonly minted = new Map<string, Minted>();
  readonly copies: string[] = [];
  readonly subjects: SubjectId[] = [];
  readonly erased = new Set<SubjectId>();
  readonly keyrings: Keyring[] = [];
  readonly #closing: (() => unknown)[] = [];
  readonly #deadlines: number[] = [];
  #now: number = AT;
  readonly clock = { now: () => this.#now as EpochMs };
  readonly root: RootProvider = fileRootProvider({
    folder: join(this.folder, "root"),
    region: "eu",
    clock: this.clock,
  });

  async open(): Promise<void> {
    for (const index of [0, 1]) {
      this.#deadlines.push(0);
      const fault: Fault = (point) => {
        if (!/rotate|root|epoch/.test(point) || this.#deadlines[index] === 0) return;
        this.#deadlines[index]! -= 1;
        if (this.#deadlines[index] === 0) throw new Error("died");
      };
      const store = openKeyStore(this.file);
      const { root, clock } = this;
      const options = { store, root, clock, ids: randomIds, region: "eu", fault };
      const keyring = await openKeyring(options);
      this.keyrings.push(keyring);
      this.#closing.push(
        () => keyring.close(),
        () => store.close(),
      );
    }
    for (let number = 0; number < SUBJECTS; number += 1) {
      const { subject } = await this.keyrings[0]!.register("acme", `user-${number}`);
      this.subjects.push(subject);
    }
  }

  async run(act: Act): Promise<void> {
    if (act.act === "wait") {
      this.#now += 61_000;
      return;
    }
    const keyring = this.keyrings[act.process]!;
    if (act.act === "mint") {
      await this.#mint(keyring, this.subjects[act.subject]!, randomIds.next("node"), 1);
    } else if (act.act === "rotate") {
      this.#deadlines[act.process] = act.dieAt;
      await keyring.rotate().catch((error: Error) => assert.match(error.message, /died|CONFLICT/));
      this.#deadlines[act.process] = 0;
    } else if (act.act === "erase") {
      await this.#erase(keyring, this.subjects[act.subject]!);
    } else {
      const known = [...this.minted.values()];
      const picked = known[act.pick % Math.max(known.length, 1)];
      if (picked === undefined) return;
      const { subject, node, revision } = picked;
      if (act.act === "revise") await this.#mint(keyring, subject, node, revision + 1);
      else await this.#shred(keyring, picked);
    }
  }

  async #mint(keyring: Keyring, subject: SubjectId, node: NodeId, revision: number): Promise<void> {
    try {
      const [key] = await keyring.mintNodeKeys(subject, [{ node, revision }]);
      const name = keyName({ node, revision });
      const mine = { subject, node, revision, key: hex(key) };
      // A shred that ran at the same moment may have taken it already: its batch says so below.
      const erasedWith = this.#shredded.get(node) ?? this.#shredded.get(subject) ?? null;
      this.minted.set(name, { ...mine, erasedWith });
    } catch (error) {
      const { code } = error as { code?: string };
      assert.ok(["KEY_SHREDDED", "SUBJECT_ERASED", "CONFLICT"].includes(code ?? ""), String(error));
    }
  }

  readonly #shredded = new Map<string, number>();

  async #shred(keyring: Keyring, { subject, node }: Minted): Promise<void> {
    const { epoch } = await keyring.shredNodes(subject, [{ node }], { ledgerIndex: 1, at: AT });
    this.#erasedWith(node, epoch, (one) => one.node === node);
  }

  async #erase(keyring: Keyring, subject: SubjectId): Promise<void> {
    const { epoch } = await keyring.shredSubject(subject, { ledgerIndex: 1, at: AT });
    this.erased.add(subject);
    this.#erasedWith(subject, epoch, (one) => one.subject === subject);
  }

  #erasedWith(what: string, epoch: number, names: (one: Minted) => boolean): void {
    this.#shredded.set(what, epoch);
    for (const one of this.minted.values()) if (names(one)) one.erasedWith ??= epoch;
  }

  /** Every process sees exactly what was minted and not erased, key for key. */
  async check(): Promise<void> {
    for (const keyring of this.keyrings) {
      for (const subject of this.subjects) {
        const live = await keyring.nodeKeys(subject);
        const found = [...live].map(([name, key]) => [name, hex(key)]);
        const expected = [...this.minted]
          .filter(([, one]) => one.subject === subject && one.erasedWith === null)
          .map(([name, one]) => [name, one.key]);
        assert.deepEqual(found.sort(), expected.sort());
      }
    }
  }

  copy(): void {
    const copy = join(this.folder, `copy-${this.copies.length}.db`);
    for (const end of ["", "-wal"]) {
      if (existsSync(this.file + end)) copyFileSync(this.file + end, copy + end);
    }
    this.copies.push(copy);
  }

  close(): void {
    for (const close of this.#closing) void close();
    rmSync(this.folder, { recursive: true });
  }
}

interface StolenNodeKey {
  readonly subject: SubjectId;
  readonly node: NodeId;
  readonly revision: number;
  readonly version: number;
  readonly wrapped: Uint8Array;
}

/**
 * What a thief opens who has every copy of the keys file, and the root as it is now: each subject
 * key of any copy, tried on each node key of any copy.
 */
async function stolen(copies: readonly string[], root: RootProvider): Promise<Set<string>> {
  const places = wrapPlaces("eu");
  const subjectKeys = new Map<SubjectId, KeyObject[]>();
  const nodeKeys: StolenNodeKey[] = [];
  for (const copy of copies) {
    const sql = new DatabaseSync(copy);
    const rows = sql.prepare("SELECT *, subject_id AS subject FROM subject_key").all();
    for (const row of rows as unknown as SubjectKeyRow[]) {
      const rootKey = await root.key(row.epoch);
      if (rootKey === null) continue;
      const key = unwrap(rootKey, places.subjectKey(row.epoch, row), row.wrapped);
      const known = subjectKeys.get(row.subject) ?? [];
      if (known.every((one) => !one.equals(key))) subjectKeys.set(row.subject, [...known, key]);
    }
    const columns =
      "subject_id AS subject, node_id AS node, revision, sk_version AS version, wrapped";
    const found = sql.prepare(`SELECT ${columns} FROM node_key`).all();
    nodeKeys.push(...(found as unknown as StolenNodeKey[]));
    sql.close();
  }
  const opened = new Set<string>();
  for (const { subject, version, wrapped, ...ref } of nodeKeys) {
    const place = places.nodeKey(subject, version, ref);
    // A key of another version, too: it must be another key, not the same under a new number.
    for (const key of subjectKeys.get(subject) ?? []) {
      try {
        opened.add(hex(unwrap(key, place, wrapped)));
      } catch (error) {
        assert.equal((error as { code?: string }).code, "SEAL_BROKEN");
      }
    }
  }
  return opened;
}

function hex(key: KeyObject | undefined): string {
  return key!.export().toString("hex");
}

test("random lives: nothing erased comes back, nothing kept is lost, and final is final", async () => {
  const seen = { lives: 0, final: 0, stolenBefore: 0 };
  // Thirty lives show some sixty that are final; should they be dull ones, others are lived.
  const numRuns = 30;
  const lived = () => seen.lives >= numRuns * 10 || (seen.final > 20 && seen.stolenBefore > 5);
  const living = fc.asyncProperty(lives, async (batches) => {
    seen.lives += 1;
    const life = new Life();
    try {
      await life.open();
      for (const batch of batches) {
        await Promise.all(batch.map((act) => life.run(act)));
        await life.check();
        life.copy();
      }
      const destroyed = new Set<number>();
      for (const { epoch, state } of await life.keyrings[0]!.epochs()) {
        if (state === "destroyed") destroyed.add(epoch);
      }
      const loot = await stolen(life.copies, life.root);
      for (const [name, { key, erasedWith }] of life.minted) {
        if (erasedWith === null) {
          assert.ok(loot.has(key), `control: ${name} is live, so the copies open it`);
        } else if (destroyed.has(erasedWith)) {
          assert.ok(!loot.has(key), `${name} is final, and an old copy opens it`);
          seen.final += 1;
        } else if (loot.has(key)) {
          seen.stolenBefore += 1;
        }
      }
    } finally {
      life.close();
    }
  });
  do await fc.assert(living, { numRuns });
  while (!lived());
  // The check bites: before the end of its epoch, an erased key does open from an older copy.
  assert.ok(seen.final > 20, `${seen.final} final`);
  assert.ok(seen.stolenBefore > 5, `${seen.stolenBefore} opened before their epoch's end`);
});

test("old copies of the keys file and the live root open nothing erased, once it is final", async () => {
  const life = new Life();
  await life.open();
  const [keyring] = life.keyrings as [Keyring];
  const [ada, ben] = life.subjects as [SubjectId, SubjectId];
  const refs = [1, 2, 3].map(() => ({ node: randomIds.next("node"), revision: 1 }));
  const adas = await keyring.mintNodeKeys(ada, refs);
  const bens = await keyring.mintNodeKeys(ben, refs);
  life.copy();

  await keyring.shredNodes(ada, [refs[0]!], { ledgerIndex: 1, at: AT });
  await keyring.shredSubject(ben, { ledgerIndex: 2, at: AT });
  life.copy();
  const before = await stolen(life.copies, life.root);
  assert.ok(before.has(hex(adas[0])) && before.has(hex(bens[0])), "executed is not final");

  await keyring.rotate();
  const stale = await stolen(life.copies, life.root);
  assert.equal(stale.size, 0, "copies from before the last epoch open nothing, by design");
  life.copy();
  const after = await stolen(life.copies, life.root);
  assert.deepEqual([...after].sort(), [hex(adas[1]), hex(adas[2])].sort());
  life.close();
});

test("names of erased people are in no copy that the live root opens, once it is final", async () => {
  const life = new Life();
  await life.open();
  const [keyring] = life.keyrings as [Keyring];
  const [ada] = life.subjects as [SubjectId];
  const consent = randomIds.next("consent");
  const sealed = await keyring.sealEvidence(ada, consent, utf8("203.0.113.7"));
  life.copy();
  await keyring.forgetDirectoryRow(ada);
  await keyring.endEvidence(ada);

  const asThief = async (): Promise<Keyring> => {
    const store = openKeyStore(life.copies[0]!);
    const options = { store, root: life.root, clock: life.clock, ids: randomIds, region: "eu" };
    return openKeyring(options);
  };
  const thief = await asThief();
  assert.equal(await thief.externalIdOf(ada), "user-0");
  assert.deepEqual(await thief.openEvidence(ada, consent, sealed), utf8("203.0.113.7"));
  thief.close();

  await keyring.rotate();
  await assert.rejects(asThief(), { code: "ROOT_MISSING" });
  life.close();
});
