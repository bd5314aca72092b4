import assert from "node:assert/strict";
import { test } from "node:test";

import type { Subject } from "#engine";
import pg from "pg";

import { ON_CLUSTER } from "../support/cluster.ts";
import { startCluster } from "../support/own-cluster.ts";
import { newGround, openGround } from "./support/ground.ts";
import { closeStores, movableClock, openProcess } from "./support/region.ts";

const PEOPLE = ["ada", "bea", "cleo", "dora", "emmy", "fay", "grace", "hedy", "ida", "jane"];

const AWAY = { code: "STORE_UNAVAILABLE" } as const;

test(
  "while a node is away its people wait, others are read and remembered; what was begun is finished",
  { skip: !ON_CLUSTER && "no cluster is named" },
  async () => {
    await using cluster = await startCluster();
    await using ground = await newGround("postgres", cluster);
    const clock = movableClock();
    const stores = await openGround(ground, clock);
    await using open = new AsyncDisposableStack();
    open.defer(() => closeStores(stores));
    const { oubli } = await openProcess(stores, clock);
    open.defer(() => oubli.close());
    const chat = (person: Subject) => person.session({ purpose: "support" });
    const people: Subject[] = [];
    for (const name of PEOPLE) {
      people.push(await oubli.subject(name));
      await chat(people.at(-1)!).remember("likes tea", { category: "preference" });
    }
    const first = await onFirst(ground.adminUrl, people);
    const theirs = people.filter(({ id }) => first.has(id));
    const [erased, ...others] = people.filter(({ id }) => !first.has(id));
    assert.ok(theirs.length > 0 && others.length > 0, "each node has somebody");

    await cluster.kill();
    for (const person of theirs) await assert.rejects(chat(person).recall("tea"), AWAY);
    for (const person of others) {
      await chat(person).remember("likes cake", { category: "preference" });
      assert.equal((await chat(person).recall("")).nodes.length, 2);
    }
    // What is erased must come back to no node.
    await assert.rejects(erased!.erase(), AWAY);
    await assert.rejects(chat(erased!).recall("tea"), { code: "SUBJECT_ERASED" });

    await cluster.restart();
    for (const person of theirs) assert.equal((await chat(person).recall("tea")).nodes.length, 1);
    clock.advance(3_600_000);
    assert.equal((await oubli.sweep()).redone, 1);
    assert.equal((await stores.memory.heads(erased!.id, ["memory"])).heads.length, 0);
  },
);

/** Those whose memories or keys stand on the first of the nodes. */
async function onFirst(url: string, people: readonly Subject[]): Promise<ReadonlySet<string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT id FROM unnest($1::text[]) AS id, unnest(ARRAY['oubli_eu_memory.node',
        'oubli_eu_keys.subject_key']::regclass[]) AS of_table
      WHERE (SELECT groupid FROM pg_dist_placement
        WHERE shardid = get_shard_id_for_distribution_column(of_table, id)) = 1`,
      [people.map(({ id }) => id)],
    );
    return new Set((rows as { id: string }[]).map(({ id }) => id));
  } finally {
    await client.end();
  }
}
