import assert from "node:assert/strict";
import { describe, test } from "node:test";

import fc from "fast-check";

import type { Oubli, Session, Subject } from "#engine";
import type { Certificate } from "#erasure";
import type { NodeId } from "#kernel";
import type { ConfigInput } from "#policy";
import { AUDITOR } from "../spec/world.ts";
import { recordsOf, sink, unzip } from "../support/unzip.ts";
import { ENGINES } from "./support/ground.ts";
import { oubliOn } from "./support/oubli-on.ts";
import { THOROUGH } from "./support/thorough.ts";

// Proof 7: what `export` and a package show, what an erasure destroys and what is gone afterwards are
// the same ids. Method: looks that share no code: the export, the ids in the ledger's intent, and
// SQL of the test's own over every table that has a column for a node.

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

/** How many graphs, and how large a person; daily on a server less. */
const SIZES = {
  sqlite: { graphs: 40, destroyed: 200, pages: 20, half: 5000 },
  postgres: THOROUGH
    ? { graphs: 40, destroyed: 200, pages: 20, half: 5000 }
    : { graphs: 8, destroyed: 30, pages: 2, half: 1000 },
} as const;

const CONFIG: ConfigInput = {
  purposes: { support: { basis: "contract", categories: ["preference"], retention: "P2Y" } },
};

for (const engine of ENGINES) {
  describe(`${engine}: exported ids = erased ids = probed ids`, () => {
    test("over random graphs: of a forget, exactly the closure goes, and of an erasure all", async () => {
      await using world = await oubliOn(engine, CONFIG);
      const bystander = await world.oubli.subject("bystander");
      await build(bystander, [{ make: "memory" }, { make: "derived", from: [0] }]);
      const spared = await exported(bystander);
      let run = 0;
      let destroyed = 0;
      const overSome = () =>
        fc.assert(
          fc.asyncProperty(anyGraph, async ({ steps, forgotten }) => {
            const person = await world.oubli.subject(`person-${(run += 1)}`);
            const graph = await build(person, [{ make: "memory" }, ...steps]);
            const named = [...new Set(forgotten.map((at) => graph[at % graph.length]!.id))];

            const before = await exported(person);
            assert.deepEqual(before, new Set(graph.map(({ id }) => id)));
            assert.deepEqual(
              await world.stored(person.id),
              before,
              "what is stored is what is shown",
            );
            assert.deepEqual(await packaged(person), before, "and what a package holds");

            const certificate = await person.forget(named);
            const after = await exported(person);
            const gone = closureOf(graph, named);
            assert.deepEqual(before.difference(after), gone);
            assert.deepEqual(await intended(world.oubli, certificate), gone);
            assert.deepEqual(await world.stored(person.id), after);
            assert.deepEqual(await packaged(person), after);
            assert.equal(scopeOf(certificate), gone.size);

            const rest = await person.erase();
            assert.equal(scopeOf(rest), after.size);
            assert.deepEqual(await world.stored(person.id), new Set());
            destroyed += before.size;
          }),
          { numRuns: SIZES[engine].graphs },
        );
      // Graphs so small would prove nothing: then there are more of them.
      while (destroyed <= SIZES[engine].destroyed) await overSome();
      assert.deepEqual(await exported(bystander), spared);
    });

    test("with many thousand memories of one person, and what was made from them", async () => {
      await using world = await oubliOn(engine, CONFIG);
      const ada = await world.oubli.subject("ada");
      const chat = ada.session({ purpose: "support" });
      const ids: NodeId[] = [];
      const { pages, half: first } = SIZES[engine];
      for (let page = 0; page < pages; page += 1) {
        const messages = Array.from({ length: 1000 }, (_, at) => ({
          role: "user" as const,
          content: `memory ${page * 1000 + at}`,
        }));
        ids.push(...(await chat.remember(messages)).nodes);
      }
      for (let at = 0; at < 100; at += 1) {
        ids.push(...(await chat.derive(ids.slice(at, at + 3), () => `summary ${at}`)).nodes);
        ids.push(await chat.link(ids[at]!, ids[at + first]!, "beside"));
      }

      const before = await exported(ada);
      assert.deepEqual(before, new Set(ids));
      assert.deepEqual(await world.stored(ada.id), before);

      // More ids than one entry of the ledger holds.
      const half = ids.slice(0, first);
      const forgotten = await ada.forget(half);
      const after = await exported(ada);
      const gone = await intended(world.oubli, forgotten);
      assert.deepEqual(before.difference(after), gone);
      assert.equal(gone.size, first + 200, "every summary and edge begins among the first");
      assert.deepEqual(await world.stored(ada.id), after);

      const certificate = await ada.erase();
      assert.equal(scopeOf(certificate), after.size);
      assert.deepEqual(await world.stored(ada.id), new Set());
    });

    test("what expired is shown to nobody, and is destroyed all the same", async () => {
      let now = Date.UTC(2026, 0, 1);
      await using world = await oubliOn(engine, CONFIG, { clock: { now: () => now as never } });
      const ada = await world.oubli.subject("ada");
      const chat = ada.session({ purpose: "support" });
      const [short] = (await chat.remember("soon over", { expiresAt: now + 1000 })).nodes;
      const [long] = (await chat.remember("stays")).nodes;
      now += 1000;
      assert.deepEqual(await exported(ada), new Set([long]));
      assert.deepEqual(await world.stored(ada.id), new Set([short, long]));

      assert.equal(scopeOf(await ada.erase()), 2);
      assert.deepEqual(await world.stored(ada.id), new Set());
    });
  });
}

describe("the check can fail", () => {
  for (const engine of ENGINES) {
    test(`${engine}: a row, a key, or a link of an erased memory that was left behind is found`, async () => {
      for (const [name, table] of [
        ["memory", "node"],
        ["memory", "derivation"],
        ["keys", "node_key"],
      ] as const) {
        await using world = await oubliOn(engine, CONFIG);
        const ada = await world.oubli.subject("ada");
        const graph = await build(ada, [{ make: "memory" }, { make: "derived", from: [0] }]);
        const kept = `kept_${table}`;
        await world.sql(name, `CREATE TABLE ${kept} AS SELECT * FROM ${table}`);
        await ada.forget(graph[0]!.id);
        assert.deepEqual(await world.stored(ada.id), new Set());
        await world.sql(name, `INSERT INTO ${table} SELECT * FROM ${kept}`);
        assert.notDeepEqual(await world.stored(ada.id), new Set(), table);
      }
    });
  }

  test("a closure that follows one step only would differ from what was destroyed", async () => {
    await using world = await oubliOn("sqlite", CONFIG);
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

/** The ids in a person's package, read by code that is not ours. */
async function packaged(person: Subject): Promise<Ids> {
  const { stream, bytes } = sink();
  await person.self().package(stream);
  return new Set(recordsOf(await unzip(bytes()), "memories").map(({ id }) => String(id)));
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
