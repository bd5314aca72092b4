import assert from "node:assert/strict";
import { test } from "node:test";

import type { Subject } from "#engine";
import pg from "pg";

import { ON_CLUSTER } from "../support/cluster.ts";
import { startCluster, startNode } from "../support/own-cluster.ts";
import { newGround, openGround } from "./support/ground.ts";
import { closeStores, movableClock, openProcess } from "./support/region.ts";

const PEOPLE = ["ada", "bea", "cleo", "dora", "emmy", "fay", "grace", "hedy", "ida", "jane"];

test(
  "a node that comes to a cluster takes shards, and keeps the same promises for whoever is on it",
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
    const told = async (name: string): Promise<Subject> => {
      const person = await oubli.subject(name);
      const chat = person.session({ purpose: "support" });
      await chat.remember("likes tea", { category: "preference" });
      return person;
    };
    const people: Subject[] = [];
    for (const name of PEOPLE) people.push(await told(name));

    await using node = await startNode(ground.adminUrl);
    assert.ok((await takeIn(ground.adminUrl, node.url)) > 0, "it has shards");

    for (const person of people) {
      const chat = person.session({ purpose: "support" });
      await chat.remember("likes cake", { category: "preference" });
      const { nodes } = await chat.recall("");
      assert.equal(nodes.length, 2);
      await person.forget(nodes[0]!.id);
    }
    await people[0]!.erase();
    await oubli.rotate();
    await told("late");
    for (const person of people.slice(1)) {
      assert.equal((await person.session({ purpose: "support" }).recall("")).nodes.length, 1);
    }
    assert.deepEqual(await unguarded(node.url, ground.adminUrl), []);
  },
);

/** @returns how many shards it has then. */
async function takeIn(url: string, node: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { port } = new URL(node);
    const added = await client.query("SELECT citus_add_node('127.0.0.1', $1) AS id", [port]);
    const { id } = added.rows[0] as { id: number };
    await client.query("SELECT citus_rebalance_start(shard_transfer_mode => 'block_writes')");
    await client.query("SELECT citus_rebalance_wait()");
    const { rows } = await client.query(
      `SELECT count(*)::int AS shards FROM pg_dist_placement JOIN pg_dist_node USING (groupid)
        JOIN pg_dist_shard USING (shardid)
       WHERE nodeid = $1 AND shardminvalue IS NOT NULL`,
      [id],
    );
    return (rows as { shards: number }[])[0]!.shards;
  } finally {
    await client.end();
  }
}

/** Persons' tables and shards there without forced row-level security and a policy. */
async function unguarded(node: string, of: string): Promise<readonly object[]> {
  const there = new URL(node);
  there.pathname = new URL(of).pathname;
  const client = new pg.Client({ connectionString: there.href });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT relname FROM pg_class WHERE relkind = 'r'
         AND relnamespace::regnamespace::text ~ '^oubli_eu_(memory|keys)$'
         AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid
           AND attname = 'subject_id')
         AND NOT (relforcerowsecurity
           AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))`,
    );
    return rows as object[];
  } finally {
    await client.end();
  }
}
