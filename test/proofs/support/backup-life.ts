import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openOubli, type Oubli, type Subject } from "#engine";
import { isOubliError, randomIds, systemClock, word, type SubjectId } from "#kernel";
import { fileRootProvider, keyName, openKeyring, type Keyring, type SubjectKeyRow } from "#keys";
import { openRow, type MemoryStore, type NodeKind, type NodeRow } from "#memory";
import { openKeyStore, openMemoryStore } from "#store";

import { wrapPlaces } from "../../../src/keys/key-names.ts";
import { unwrap } from "../../../src/keys/wrap.ts";
import { hashEmbedder } from "./residue-world.ts";

const REGION = "eu";
const PURPOSE = "support";
const KINDS: readonly NodeKind[] = ["memory", "derived", "block", "edge"];

/** What the model knows of one revision: since when it can be opened, and until when. */
interface Revision {
  readonly subject: SubjectId;
  readonly content: string;
  readonly made: number;
  shredded: number | null;
}

/** A copy of everything but the root folder. */
export interface Backup {
  readonly name: string;
  /** The step after which it was taken. */
  readonly step: number;
  /** How many epochs had ended. */
  readonly ended: number;
  readonly memory: string;
  readonly keys: string;
}

/** Revisions that opened, by name, with their content. */
export type Opened = ReadonlyMap<string, string>;

/**
 * An installation on real files, with a model of three lines beside it: made, shredded, and how
 * many epochs have ended. Backups are taken along the way.
 */
export class BackupLife implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "oubli-backup-"));
  readonly data = join(this.folder, "data");
  readonly root = join(this.folder, "root");
  readonly revisions = new Map<string, Revision>();
  readonly backups: Backup[] = [];
  readonly people: (Subject | null)[] = [];
  #oubli: Oubli | undefined;
  #sources = new Map<string, readonly string[]>();
  #step = 0;
  #ended = 0;
  #texts = 0;

  get oubli(): Oubli {
    return this.#oubli!;
  }

  async open(people: number): Promise<this> {
    const region = { jurisdictions: ["*"], store: `sqlite:${this.data}`, root: this.root };
    const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
    const config = { regions: { [REGION]: region }, purposes: { [PURPOSE]: purpose } };
    this.#oubli = await openOubli(config, { embedder: hashEmbedder, sweep: "manual" });
    for (let at = 0; at < people; at += 1) this.people.push(null);
    return this;
  }

  /** The person, registered again if they were erased. */
  async person(at: number): Promise<Subject> {
    const index = at % this.people.length;
    return (this.people[index] ??= await this.oubli.subject(`person-${index}`));
  }

  async remember(at: number, count: number): Promise<void> {
    const person = await this.person(at);
    const texts = Array.from({ length: count }, () => `memory ${(this.#texts += 1)}`);
    const messages = texts.map((content) => ({ role: "user" as const, content }));
    const { nodes } = await person.session({ purpose: PURPOSE }).remember(messages);
    this.#next();
    for (const [index, node] of nodes.entries()) this.#made(person, node, 1, texts[index]!);
  }

  async derive(at: number, pick: number): Promise<void> {
    const person = await this.person(at);
    const live = this.liveNodes(person, "told");
    if (live.length < 2) return;
    const sources = [live[pick % live.length]!, live[(pick + 1) % live.length]!];
    const content = `summary ${(this.#texts += 1)}`;
    const { nodes } = await person.session({ purpose: PURPOSE }).derive(sources, () => content);
    this.#next();
    this.#made(person, nodes[0]!, 1, content);
    this.#sources.set(nodes[0]!, sources);
  }

  async correct(at: number, pick: number): Promise<void> {
    const person = await this.person(at);
    const live = this.liveNodes(person, "told");
    const node = live[pick % live.length];
    if (node === undefined) return;
    const content = `corrected ${(this.#texts += 1)}`;
    const { revision } = await person.self().correct(node, content);
    this.#next();
    this.#shred((name) => name === `${node}#${revision - 1}`);
    this.#fall([node]);
    this.#made(person, node, revision, content);
  }

  async forget(at: number, pick: number, count: number): Promise<string | null> {
    const person = await this.person(at);
    const live = this.liveNodes(person);
    if (live.length === 0) return null;
    const nodes = Array.from({ length: count }, (_, n) => live[(pick + n * 7) % live.length]!);
    const { erasure } = await person.forget(nodes);
    this.#next();
    this.#fall(nodes);
    for (const node of nodes) this.#shred((name) => name.startsWith(`${node}#`));
    return erasure;
  }

  async erase(at: number): Promise<string> {
    const person = await this.person(at);
    const { erasure } = await person.erase();
    this.#next();
    this.#shred((_, { subject }) => subject === person.id);
    this.people[at % this.people.length] = null;
    return erasure;
  }

  async rotate(): Promise<void> {
    await this.oubli.rotate();
    this.#next();
    this.#ended += 1;
  }

  backUp(): Backup {
    const folder = join(this.folder, `backup-${this.backups.length}`);
    const [memory, keys] = [join(folder, "memory.db"), join(folder, "keys.db")];
    mkdirSync(folder);
    for (const [name, to] of Object.entries({ memory, keys })) {
      for (const end of ["", "-wal"]) {
        const from = join(this.data, `${name}.db${end}`);
        if (existsSync(from)) copyFileSync(from, to + end);
      }
    }
    const backup = {
      name: `${this.backups.length}`,
      step: this.#step,
      ended: this.#ended,
      memory,
      keys,
    };
    this.backups.push(backup);
    return backup;
  }

  /** What the model says opens of a memory database with a key database and today's root keys. */
  expected(memory: Backup, keys: Backup): Map<string, string> {
    const opens = [...this.revisions].filter(([name, revision]) => {
      const rootIsThere = keys.ended === this.#ended;
      return rootIsThere && this.#inRows(name, memory) && isAlive(revision, keys.step);
    });
    return new Map(opens.map(([name, { content }]) => [name, content]));
  }

  /** Revisions that were shredded before the last epoch's end: those nothing may ever open. */
  isFinal(name: string, lastRotation: number): boolean {
    const { shredded } = this.revisions.get(name)!;
    return shredded !== null && shredded < lastRotation;
  }

  get step(): number {
    return this.#step;
  }

  liveNodes(person: Subject, kind?: "told"): string[] {
    const live = [...this.revisions].filter(
      ([name, { subject, shredded }]) =>
        subject === person.id &&
        shredded === null &&
        (kind === undefined || !this.#sources.has(nodeOf(name))),
    );
    return live.map(([name]) => nodeOf(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.oubli.close();
    rmSync(this.folder, { recursive: true });
  }

  #next(): void {
    this.#step += 1;
  }

  #made({ id }: Subject, node: string, revision: number, content: string): void {
    const made = { subject: id, content, made: this.#step, shredded: null };
    this.revisions.set(`${node}#${revision}`, made);
  }

  /** What was made from a node falls with it. */
  #fall(nodes: readonly string[]): void {
    for (const [derived, sources] of this.#sources) {
      if (sources.some((source) => nodes.includes(source))) {
        this.#shred((name) => nodeOf(name) === derived);
      }
    }
  }

  #shred(names: (name: string, revision: Revision) => boolean): void {
    for (const [name, revision] of this.revisions) {
      if (names(name, revision)) revision.shredded ??= this.#step;
    }
  }

  /** A row stands in a memory database from its making until its shredding. */
  #inRows(name: string, { step }: Backup): boolean {
    return isAlive(this.revisions.get(name)!, step);
  }
}

function isAlive({ made, shredded }: Revision, step: number): boolean {
  return made <= step && (shredded === null || shredded > step);
}

function nodeOf(name: string): string {
  return name.slice(0, name.indexOf("#"));
}

/** A thief's tools: databases from backups, opened as the product opens them, and today's root. */
export class Thief implements Disposable {
  readonly #life: BackupLife;
  readonly #memories = new Map<string, MemoryStore>();
  readonly #keyrings = new Map<string, Keyring | null>();

  constructor(life: BackupLife) {
    this.#life = life;
  }

  /** Opens every row of one memory database with every key of one key database. */
  async open(memory: Backup, keys: Backup): Promise<Opened> {
    const opened = new Map<string, string>();
    const keyring = await this.#keyring(keys);
    if (keyring === null) return opened;
    for (const { subject, rows } of await this.#rows(memory)) {
      const found = await keyring.nodeKeys(subject);
      for (const row of rows) {
        const key = found.get(keyName(row));
        if (key) opened.set(keyName(row), openRow(key, PLACE, row).content);
      }
    }
    return opened;
  }

  /**
   * As {@link open}, with everything at once, and without the product's care: each subject key
   * that any copy still gives, on each node key of any copy, on each row of any copy.
   */
  async openPooled(backups: readonly Backup[]): Promise<Opened> {
    const subjectKeys = await this.#subjectKeys(backups);
    const nodeKeys = this.#nodeKeys(backups, subjectKeys);
    const opened = new Map<string, string>();
    for (const memory of backups) {
      for (const { rows } of await this.#rows(memory)) {
        for (const row of rows) {
          for (const key of nodeKeys.get(keyName(row)) ?? []) {
            opened.set(keyName(row), openRow(key, PLACE, row).content);
          }
        }
      }
    }
    return opened;
  }

  async #subjectKeys(backups: readonly Backup[]): Promise<Map<SubjectId, KeyObject[]>> {
    const root = fileRootProvider({ folder: this.#life.root, region: REGION, clock: systemClock });
    const places = wrapPlaces(REGION);
    const found = new Map<SubjectId, KeyObject[]>();
    for (const { keys } of backups) {
      using sql = new DatabaseSync(keys);
      const rows = sql.prepare("SELECT *, subject_id AS subject FROM subject_key").all();
      for (const row of rows as unknown as SubjectKeyRow[]) {
        const rootKey = await root.key(row.epoch);
        if (rootKey === null) continue;
        const key = unwrap(rootKey, places.subjectKey(row.epoch, row), row.wrapped);
        found.set(row.subject, [...(found.get(row.subject) ?? []), key]);
      }
    }
    return found;
  }

  #nodeKeys(backups: readonly Backup[], subjectKeys: ReadonlyMap<SubjectId, KeyObject[]>) {
    const places = wrapPlaces(REGION);
    const found = new Map<string, KeyObject[]>();
    const columns =
      "subject_id AS subject, node_id AS node, revision, sk_version AS version, wrapped";
    for (const { keys } of backups) {
      using sql = new DatabaseSync(keys);
      for (const row of sql.prepare(`SELECT ${columns} FROM node_key`).all()) {
        const { subject, version, wrapped, ...ref } = row as never as {
          subject: SubjectId;
          node: NodeRow["node"];
          revision: number;
          version: number;
          wrapped: Uint8Array;
        };
        for (const subjectKey of subjectKeys.get(subject) ?? []) {
          try {
            const key = unwrap(subjectKey, places.nodeKey(subject, version, ref), wrapped);
            found.set(keyName(ref), [...(found.get(keyName(ref)) ?? []), key]);
          } catch (error) {
            if (!isOubliError(error, "SEAL_BROKEN")) throw error;
          }
        }
      }
    }
    return found;
  }

  async #rows({ memory }: Backup) {
    let store = this.#memories.get(memory);
    if (!store) this.#memories.set(memory, (store = openMemoryStore(memory)));
    const subjects = new Set([...this.#life.revisions.values()].map(({ subject }) => subject));
    return Promise.all(
      [...subjects].map(async (subject) => {
        const { rows } = await store.load(subject, KINDS, 0);
        return { subject, rows };
      }),
    );
  }

  /** `null` where the root key that it needs is gone. */
  async #keyring({ keys }: Backup): Promise<Keyring | null> {
    const known = this.#keyrings.get(keys);
    if (known !== undefined) return known;
    const root = fileRootProvider({ folder: this.#life.root, region: REGION, clock: systemClock });
    const store = openKeyStore(keys);
    const options = { store, root, clock: systemClock, ids: randomIds, region: REGION };
    const keyring = await openKeyring(options).catch((error: unknown) => {
      if (isOubliError(error, "ROOT_MISSING")) return null;
      throw error;
    });
    this.#keyrings.set(keys, keyring);
    return keyring;
  }

  [Symbol.dispose](): void {
    for (const keyring of this.#keyrings.values()) keyring?.close();
    for (const store of this.#memories.values()) void store.close();
  }
}

const PLACE = { tenant: word("default"), region: word(REGION) };
