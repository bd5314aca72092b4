/** What every source must do, and what every one of the built-in connectors does beyond that. */
import assert from "node:assert/strict";

import { isOubliError, word, type SubjectId } from "#kernel";
import {
  sourceRules as shared,
  type Identity,
  type Source,
  type SourceItem,
  type SourceRule,
} from "#sources";

let calls = 0;

export const call = (ms = 20_000) => ({
  request: `req_${(calls += 1)}`,
  signal: AbortSignal.timeout(ms),
});

export function person(externalId: string, identifiers: Record<string, string> = {}): Identity {
  const subject = `sub_${Buffer.from(externalId).toString("hex").padEnd(22, "0").slice(0, 22)}`;
  return { tenant: word("default"), subject: subject as SubjectId, externalId, identifiers };
}

export async function items(source: Source, who: Identity): Promise<readonly SourceItem[]> {
  const list: SourceItem[] = [];
  for await (const item of source.export!(who, call())) list.push(item);
  return list;
}

/** Names that look like Ann's, and names that are none at all. */
const OTHERS = [
  "an",
  "ann2",
  "Ann",
  "ánn",
  "ann ",
  "ann%",
  "a*",
  "*",
  "%",
  "a\\nn",
  "ann\n",
  "ann' or '1'='1",
  'ann" or 1=1 --',
  "../ann",
  "0",
  "__proto__",
  "𝖆𝖓𝖓",
];

export const connectorRules: readonly SourceRule[] = [
  ...shared,
  {
    rule: "a healthy system has no error to report",
    needs: [],
    async check({ source }) {
      const found = await source.check!(AbortSignal.timeout(20_000));
      assert.deepEqual(
        found.filter(({ level }) => level === "error"),
        [],
      );
    },
  },
  {
    rule: "an export says a person's own words, and nobody else's",
    needs: [],
    async check({ source, ann }) {
      const told = JSON.stringify(await items(source, ann));
      assert.ok(told.includes("of ann"));
      assert.ok(!told.includes("of bob"));
    },
  },
  {
    rule: "what an erasure says of each collection adds up; the next one has none",
    needs: [],
    async check({ source, ann, records }) {
      const same = call();
      const { recordsDeleted, collections } = await source.erase!(ann, same);
      assert.ok(recordsDeleted >= records, `${recordsDeleted}`);
      const counted = collections.reduce((sum, one) => sum + one.records, 0);
      assert.equal(counted, recordsDeleted);
      assert.equal((await source.erase!(ann, same)).recordsDeleted, 0);
    },
  },
  {
    rule: "a name that only looks like a person's leads to nothing of theirs",
    needs: [],
    async check({ source, ann, records, holds }) {
      const none = Object.fromEntries((source.identifiers ?? []).map((kind) => [kind, ""]));
      for (const name of OTHERS) {
        const other = person(name, none);
        await refusedOr(async () => {
          assert.deepEqual(await items(source, other), [], name);
          assert.equal((await source.erase!(other, call())).recordsDeleted, 0, name);
        });
        assert.equal(await holds(ann), records, name);
      }
    },
  },
  {
    rule: "a call whose time is over ends as a timeout, and the next one does all of it",
    needs: [],
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
