import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import fc from "fast-check";

import { openOubli, type Oubli, type Session, type Subject } from "#engine";
import type { Certificate } from "#erasure";
import type { NodeId } from "#kernel";
import type { ConfigInput } from "#policy";
import { AUDITOR } from "../spec/world.ts";

// Proof 7: what `export` shows, what an erasure destroys and what is gone afterwards are the same
// ids. Method: three looks that share no code: the export, the ids in the ledger's intent, and SQL
// of the test's own over every table of the files that has a column for a node.

type Ids = ReadonlySet<string>;

/** A person's memories and what is made from them: each step names earlier nodes by number. */
type Step =
  | { readonly make: "memory" }
  | { readonly make: "derived" | "edge"; readonly from: readonly number[] }
  | { readonly make: "block"; readonly limit: number };

interface Node {
  readonly id: NodeId;
  readonly sources: readonly NodeId[];
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ make: "memory" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      make: fc.constant("derived" as const),
      from: fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      make: fc.constant("edge" as const),
      from: fc.uniqueArray(fc.nat(50), { minLength: 2, maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      make: fc.constant("block" as const),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

const anyGraph = fc.record({
  steps: fc.array(anyStep, { minLength: 3, maxLength: 14 }),
  forgotten: fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 4 }),
});

const CONFIG: ConfigInput = {
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
};

describe("exported ids = erased ids = probed ids", () => {
  test("over random graphs: of a forget, exactly the closure goes, and of an erasure all", async () => {
    await using world = await openFolder();
    const bystander = await world.oubli.subject("bystander");
    await build(bystander, [{ make: "memory" }, { make: "derived", from: [0] }]);
    const spared = await exported(bystander);
    let run = 0;
    let destroyed = 0;
    await fc.assert(
      fc.asyncProperty(anyGraph, async ({ steps, forgotten }) => {
        const person = await world.oubli.subject(`person-${(run += 1)}`);
        const graph = await build(person, [{ make: "memory" }, ...steps]);
        const named = [...new Set(forgotten.map((at) => graph[at % graph.length]!.id))];

        const before = await exported(person);
        assert.deepEqual(before, new Set(graph.map(({ id }) => id)));
        assert.deepEqual(world.stored(person), before, "what is stored is what is shown");

        const certificate = await person.forget(named);
        const after = await exported(person);
        const gone = closureOf(graph, named);
        assert.deepEqual(before.difference(after), gone);
        assert.deepEqual(await intended(world.oubli, certificate), gone);
        assert.deepEqual(world.stored(person), after);
        assert.equal(scopeOf(certificate), gone.size);

        const rest = await person.erase();
        assert.equal(scopeOf(rest), after.size);
        assert.deepEqual(world.stored(person), new Set());
        destroyed += before.size;
      }),
      { numRuns: 40 },
    );
    assert.ok(destroyed > 200, "graphs so small would prove nothing");
    assert.deepEqual(await exported(bystander), spared);
  });

  test("with 20,000 memories of one person, and what was made from them", async () => {
    await using world = await openFolder();
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const ids: NodeId[] = [];
    for (let page = 0; page < 20; page += 1) {
      const messages = Array.from({ length: 1000 }, (_, at) => ({
        role: "user" as const,
        content: `memory ${page * 1000 + at}`,
      }));
      ids.push(...(await chat.remember(messages)).nodes);
    }
    for (let at = 0; at < 100; at += 1) {
      ids.push(...(await chat.derive(ids.slice(at, at + 3), () => `summary ${at}`)).nodes);
      ids.push(await chat.link(ids[at]!, ids[at + 5000]!, "beside"));
    }

    const before = await exported(ada);
    assert.deepEqual(before, new Set(ids));
    assert.deepEqual(world.stored(ada), before);

    // More ids than one entry of the ledger holds.
    const half = ids.slice(0, 5000);
    const forgotten = await ada.forget(half);
    const after = await exported(ada);
    const gone = await intended(world.oubli, forgotten);
    assert.deepEqual(before.difference(after), gone);
    assert.equal(gone.size, 5200, "every summary and edge begins among the first 5,000");
    assert.deepEqual(world.stored(ada), after);

    const certificate = await ada.erase();
    assert.equal(scopeOf(certificate), after.size);
    assert.deepEqual(world.stored(ada), new Set());
  });

  test("what expired is shown to nobody, and is destroyed all the same", async () => {
    let now = Date.UTC(2026, 0, 1);
    await using world = await openFolder({ clock: { now: () => now as never } });
    const ada = await world.oubli.subject("ada");
    const chat = ada.session({ purpose: "support" });
    const [short] = (await chat.remember("soon over", { expiresAt: now + 1000 })).nodes;
    const [long] = (await chat.remember("stays")).nodes;
    now += 1000;
    assert.deepEqual(await exported(ada), new Set([long]));
    assert.deepEqual(world.stored(ada), new Set([short, long]));

    assert.equal(scopeOf(await ada.erase()), 2);
    assert.deepEqual(world.stored(ada), new Set());
  });
});

describe("the check can fail", () => {
  test("a row, a key, or a link of an erased memory that was left behind is found", async () => {
    for (const [name, leftover] of [
      ["memory", "INSERT INTO node SELECT * FROM kept.node"],
      ["memory", "INSERT INTO embedding SELECT subject_id, node_id, 1, x'00' FROM kept.node"],
      ["memory", "INSERT INTO derivation SELECT * FROM kept.derivation"],
      ["keys", "INSERT INTO node_key SELECT * FROM kept.node_key"],
    ] as const) {
      await using world = await openFolder();
      const ada = await world.oubli.subject("ada");
      const graph = await build(ada, [{ make: "memory" }, { make: "derived", from: [0] }]);
      await world.oubli.close();
      const file = join(world.folder, "data", `${name}.db`);
      const copy = join(world.folder, "kept.db");
      {
        using database = new DatabaseSync(file);
        database.exec(`VACUUM INTO '${copy}'`);
      }
      await using again = await world.open();
      await (await again.find("ada"))!.forget(graph[0]!.id);
      assert.deepEqual(world.stored(ada), new Set());
      {
        using database = new DatabaseSync(file);
        database.exec(`ATTACH '${copy}' AS kept; ${leftover}`);
      }
      assert.notDeepEqual(world.stored(ada), new Set(), leftover);
    }
  });

  test("a closure that follows one step only would differ from what was destroyed", async () => {
    await using world = await openFolder();
    const ada = await world.oubli.subject("ada");
    const graph = await build(ada, [
      { make: "memory" },
      { make: "derived", from: [0] },
      { make: "derived", from: [1] },
    ]);
    const gone = await intended(world.oubli, await ada.forget(graph[0]!.id));
    const oneStep = graph.filter(
      ({ id, sources }) => id === graph[0]!.id || sources.includes(graph[0]!.id),
    );
    assert.notDeepEqual(gone, new Set(oneStep.map(({ id }) => id)));
    assert.deepEqual(gone, closureOf(graph, [graph[0]!.id]));
  });
});

/** Builds a graph, and remembers by itself what was made from what. */
async function build(person: Subject, steps: readonly Step[]): Promise<readonly Node[]> {
  const chat = person.session({ purpose: "support" });
  const nodes: Node[] = [];
  for (const [at, step] of steps.entries()) {
    const known = new Set<string>(nodes.map(({ id }) => id));
    nodes.push(...(await take(chat, nodes, step, at)));
    if (step.make === "block") nodes.push(...(await newest(person, known)));
  }
  return nodes;
}

async function take(
  chat: Session,
  nodes: readonly Node[],
  step: Step,
  at: number,
): Promise<readonly Node[]> {
  if (step.make === "memory") {
    const [id] = (await chat.remember(`memory ${at}`)).nodes;
    return [{ id: id!, sources: [] }];
  }
  if (step.make === "block") {
    await chat.block(`block-${at}`, "memory", { limit: step.limit });
    return [];
  }
  const sources = [...new Set(step.from.map((from) => nodes[from % nodes.length]!.id))];
  if (step.make === "derived") {
    const [id] = (await chat.derive(sources, () => `derived ${at}`)).nodes;
    return [{ id: id!, sources }];
  }
  if (sources.length < 2) return [];
  return [{ id: await chat.link(sources[0]!, sources[1]!, "beside"), sources }];
}

/** A block's id is told to nobody: the one that is new in the export is it. */
async function newest(person: Subject, known: Ids): Promise<readonly Node[]> {
  const { nodes } = await person.self().export();
  const made = nodes.filter(({ id }) => !known.has(id));
  return made.map(({ id, sources }) => ({ id, sources }));
}

/** Everything made from these nodes, directly or not, and themselves: as the test reckons it. */
function closureOf(graph: readonly Node[], named: readonly NodeId[]): Ids {
  const gone = new Set<string>(named);
  // A node comes after its sources, so one pass in order is enough.
  for (const { id, sources } of graph) if (sources.some((source) => gone.has(source))) gone.add(id);
  return gone;
}

async function exported(person: Subject): Promise<Ids> {
  const { nodes } = await person.self().export();
  return new Set(nodes.map(({ id }) => id));
}

/** The ids in the ledger's intent: those that a redo and a restore destroy. */
async function intended(oubli: Oubli, { entry }: Certificate): Promise<Ids> {
  const ids = new Set<string>();
  const from = Number(entry["intent"]);
  for (let part = 0, parts = 1; part < parts; part += 1) {
    const bytes = await oubli.as(AUDITOR).audit.entry("ledger", from + part);
    const intent = JSON.parse(Buffer.from(bytes!).toString());
    assert.equal(intent.erasure, entry["erasure"]);
    ({ parts } = intent);
    for (const { id } of intent.nodes) ids.add(id);
  }
  return ids;
}

const scopeOf = ({ entry }: Certificate): number => (entry["scope"] as { nodes: number }).nodes;

async function openFolder(options: Parameters<typeof openOubli>[1] = {}) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-symmetry-"));
  const store = { store: `sqlite:${folder}/data`, root: `${folder}/root` };
  const config = { ...CONFIG, regions: { eu: { jurisdictions: ["*"], ...store } } };
  const open = () => openOubli(config, { sweep: "manual", ...options });
  const oubli = await open();
  return {
    oubli,
    folder,
    open,
    stored: (person: Subject) => storedIds(join(folder, "data"), person.id),
    async [Symbol.asyncDispose]() {
      await oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Columns that name a node, in whatever tables the live schema has. */
const NODE_COLUMNS = new Set(["node_id", "derived_id", "source_id"]);

/** Every id of a person's nodes in any table of the memory and key databases, fences excepted. */
function storedIds(folder: string, subject: string): Ids {
  const ids = new Set<string>();
  for (const name of ["memory", "keys"]) {
    using database = new DatabaseSync(join(folder, `${name}.db`), { readOnly: true });
    const columns = database
      .prepare(
        `SELECT m.name AS tbl, p.name AS col FROM sqlite_schema AS m, pragma_table_info(m.name) AS p
         WHERE m.type = 'table'`,
      )
      .all() as { tbl: string; col: string }[];
    for (const { tbl, col } of columns.filter(({ col }) => NODE_COLUMNS.has(col))) {
      const rows = database.prepare(`SELECT ${col} AS id FROM ${tbl} WHERE subject_id = ?`);
      for (const { id } of rows.all(subject) as { id: string }[]) ids.add(id);
    }
  }
  return ids;
}
