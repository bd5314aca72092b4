/** What every source must do, whatever system it stands for. */
import assert from "node:assert/strict";

import { isOubliError, type SubjectId } from "#kernel";
import type { Identity, Source, SourceItem } from "#sources";

/** A system with the records of two people, seen by a client of its own. */
export interface SourceGround {
  readonly source: Source;
  readonly ann: Identity;
  readonly bob: Identity;
  /** Records that `ann` has in it, and as many as `bob` has. */
  readonly records: number;
  /** What the system holds of a person, not asked through the source. */
  holds(who: Identity): Promise<number>;
}

export interface SourceRule {
  readonly rule: string;
  check(ground: SourceGround): Promise<void>;
}

let calls = 0;

export const call = (ms = 20_000) => ({
  request: `req_${(calls += 1)}`,
  signal: AbortSignal.timeout(ms),
});

export function person(externalId: string, identifiers: Record<string, string> = {}): Identity {
  const subject = `sub_${Buffer.from(externalId).toString("hex").padEnd(22, "0").slice(0, 22)}`;
  return { subject: subject as SubjectId, externalId, identifiers };
}

export async function items(source: Source, who: Identity): Promise<readonly SourceItem[]> {
  return collected(source.export!(who, call()));
}

async function collected<Item>(all: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of all) list.push(item);
  return list;
}

/** Names that look like Ann's, and names that are none at all. */
const OTHERS = [
  "an",
  "ann2",
  "Ann",
  "ANN",
  "ánn",
  "ann ",
  " ann",
  "ann%",
  "a_n",
  "a?n",
  "a*",
  "*",
  "%",
  "[a-z]nn",
  "a\\nn",
  "ann\n",
  "ann' or '1'='1",
  'ann" or 1=1 --',
  "ann; drop table users",
  "../ann",
  "./ann",
  "0",
  "01",
  "null",
  "__proto__",
  "𝖆𝖓𝖓",
];

export const sourceRules: readonly SourceRule[] = [
  {
    rule: "a healthy system has no error to report",
    async check({ source }) {
      const found = await source.check!(AbortSignal.timeout(20_000));
      assert.deepEqual(
        found.filter(({ level }) => level === "error"),
        [],
      );
    },
  },
  {
    rule: "an export holds every record of a person, each once, and none of another",
    async check({ source, ann, bob, records }) {
      const found = await items(source, ann);
      assert.equal(found.length, records);
      const ids = new Set(found.map(({ collection, id }) => `${collection} ${id}`));
      assert.equal(ids.size, records);
      assert.ok(JSON.stringify(found).includes("of ann"));
      assert.ok(!JSON.stringify(found).includes("of bob"));
      assert.equal((await items(source, bob)).length, records);
    },
  },
  {
    rule: "an erasure removes every record of a person and none of another, and says how many",
    async check({ source, ann, bob, records, holds }) {
      const outcome = await source.erase!(ann, call());
      assert.equal(outcome.status, "done");
      assert.ok(outcome.recordsDeleted >= records, `${outcome.recordsDeleted}`);
      const counted = outcome.collections.reduce((sum, one) => sum + one.records, 0);
      assert.equal(counted, outcome.recordsDeleted);
      assert.equal(await holds(ann), 0);
      assert.equal(await holds(bob), records);
    },
  },
  {
    rule: "the same request again finds nothing more to do",
    async check({ source, ann, bob, records, holds }) {
      const same = call();
      await source.erase!(ann, same);
      const again = await source.erase!(ann, same);
      assert.deepEqual([again.status, again.recordsDeleted], ["done", 0]);
      assert.equal(await holds(bob), records);
    },
  },
  {
    rule: "a person whom it does not know has nothing in it",
    async check({ source, ann, bob, records, holds }) {
      const nobody = person("nobody", { email: "nobody@example.org" });
      assert.deepEqual(await items(source, nobody), []);
      assert.equal((await source.erase!(nobody, call())).recordsDeleted, 0);
      assert.deepEqual(await source.verify!(nobody, call()), { remaining: 0 });
      assert.deepEqual([await holds(ann), await holds(bob)], [records, records]);
    },
  },
  {
    rule: "a look behind it counts what is left, and nothing after an erasure",
    async check({ source, ann, bob }) {
      assert.ok((await source.verify!(ann, call())).remaining > 0);
      await source.erase!(ann, call());
      assert.deepEqual(await source.verify!(ann, call()), { remaining: 0 });
      assert.ok((await source.verify!(bob, call())).remaining > 0);
    },
  },
  {
    rule: "a name that only looks like a person's leads to nothing of theirs",
    async check({ source, ann, records, holds }) {
      for (const name of OTHERS) {
        const other = person(name, { email: `${name}@elsewhere.example` });
        await refusedOr(async () => {
          assert.deepEqual(await items(source, other), [], name);
          assert.equal((await source.erase!(other, call())).recordsDeleted, 0, name);
        });
        assert.equal(await holds(ann), records, name);
      }
    },
  },
  {
    rule: "it lists whom it holds, and not whom it has erased",
    async check({ source, ann, bob }) {
      const listed = async () => new Set(await collected(source.identities!(call().signal)));
      const before = await listed();
      assert.ok(before.has(ann.externalId) && before.has(bob.externalId));
      await source.erase!(ann, call());
      const after = await listed();
      assert.ok(!after.has(ann.externalId) && after.has(bob.externalId));
    },
  },
  {
    rule: "a call whose time is over ends as a timeout, and the next one does all of it",
    async check({ source, ann, holds }) {
      const over = { request: "req_over", signal: AbortSignal.abort() };
      await assert.rejects(source.erase!(ann, over), failing("timeout"));
      await source.erase!(ann, { ...over, signal: AbortSignal.timeout(20_000) });
      assert.equal(await holds(ann), 0);
    },
  },
];

/** Some systems cannot hold such a name: then they say so, and do nothing. */
async function refusedOr(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isOubliError(error, "SOURCE_FAILED")) throw error;
    assert.equal(error.details["reason"], "identifier-refused");
  }
}

/** A failure with this cause, which tells nothing else: no address, no password, no row. */
export function failing(cause: string, ...never: readonly string[]) {
  return (error: unknown): true => {
    assert.ok(isOubliError(error, "SOURCE_FAILED"), String(error));
    assert.equal(error.details["reason"], cause);
    const told = `${error.message} ${JSON.stringify(error)} ${error.stack}`;
    for (const secret of never) assert.ok(!told.includes(secret), secret);
    return true;
  };
}
