import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openTestOubli, worldOf } from "#engine";
import { word, type Actor } from "#kernel";
import { defineSource, gatherExport, type Source, type SourceItem } from "#sources";

import { withoutRandom } from "../../support/without-random.ts";
import { otherSystem, PRIVATE } from "./other-system.ts";

const ACTOR: Actor = { kind: "staff", id: word("dpo"), roles: [word("privacy-officer")] };

async function gathering(sources: readonly Source[], options: { concurrency?: number } = {}) {
  const oubli = await openTestOubli({}, { sources });
  const { id: subject } = await oubli.subject("ada");
  const world = worldOf(oubli.as(ACTOR));
  const who = { tenant: word("default"), subject, externalId: "ada", identifiers: {} };
  const asked = { tenant: word("default"), actor: ACTOR, request: "r1", ...options };
  return { oubli, world, gathered: gatherExport(world, who, asked) };
}

async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function readAll(gathered: ReturnType<typeof gatherExport>) {
  const items: SourceItem[][] = [];
  for (const section of gathered.sections) items.push(await listOf(section.items));
  return items;
}

function endless(name: string, onItem: (at: number) => void): Source {
  return defineSource({
    name,
    deadlineMs: 200,
    async *export() {
      for (let at = 0; ; at += 1) {
        onItem(at);
        yield { collection: "rows", id: `${at}`, category: "contact", data: {} };
      }
    },
  });
}

describe("B3: what other systems have of a person is gathered", () => {
  test("one section a source, with its items, and the whole is complete", async () => {
    const { oubli, gathered } = await gathering([
      otherSystem("crm").source,
      otherSystem("mail").source,
    ]);
    const items = await readAll(gathered);
    assert.deepEqual(
      gathered.sections.map(({ source }, at) => [source, items[at]!.length]),
      [
        ["crm", 3],
        ["mail", 3],
      ],
    );
    assert.equal((await gathered.outcome()).complete, true);
    await oubli.close();
  });

  test("one that fails hides no other; its section tells a code, and the whole is incomplete", async () => {
    const systems = ["down", "hangs", "dies-half-way", null] as const;
    const { oubli, gathered } = await gathering(
      systems.map((fault, at) => {
        const system = otherSystem(`s${at}`, fault === "hangs" ? { deadlineMs: 200 } : {});
        system.fault = fault;
        return system.source;
      }),
    );
    await readAll(gathered);
    const { complete, sections } = await gathered.outcome();
    assert.equal(complete, false);
    assert.deepEqual(
      sections.map(({ complete, items, error }) => [complete, items, error]),
      [
        [false, 0, "failed"],
        [false, 0, "timeout"],
        [false, 1, "failed"],
        [true, 3, null],
      ],
    );
    const told = withoutRandom(JSON.stringify(sections));
    for (const secret of PRIVATE) assert.ok(!told.includes(secret), secret);
    await oubli.close();
  });

  test("for a person without a name no source is asked: an empty one could be anybody's", async () => {
    const crm = otherSystem("crm");
    const { oubli, world } = await gathering([crm.source]);
    const { id: subject } = await oubli.subject("bob");
    const who = { tenant: word("default"), subject, externalId: "", identifiers: {} };
    const asked = { tenant: word("default"), actor: ACTOR, request: "r2" };
    const { sections } = await gatherExport(world, who, asked).outcome();
    assert.equal(sections[0]!.error, "identity-missing");
    assert.deepEqual(
      crm.asked.filter(({ request }) => request === "r2"),
      [],
    );
    await oubli.close();
  });

  test("all are asked at once, and never more than so many", async () => {
    let [now, most] = [0, 0];
    const three = Promise.withResolvers<void>();
    const slow = (at: number) =>
      defineSource({
        name: `s${at}`,
        async *export() {
          most = Math.max(most, (now += 1));
          if (now === 3) three.resolve();
          await three.promise;
          // Were there a fourth, it would come now.
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
          yield* [];
        },
      });
    const sources = Array.from({ length: 9 }, (_, at) => slow(at));
    const { oubli, gathered } = await gathering(sources, { concurrency: 3 });
    await gathered.outcome();
    assert.equal(most, 3);
    await oubli.close();
  });

  test("a source is not read further than its reader reads, and waiting for them is no fault of it", async () => {
    let furthest = 0;
    const source = endless("crm", (at) => (furthest = at));
    const { oubli, gathered } = await gathering([source]);
    const items = gathered.sections[0]!.items[Symbol.asyncIterator]();
    for (let at = 0; at < 10; at += 1) await items.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(furthest < 100, `${furthest}`);
    assert.equal((await items.next()).value?.id, "10");
    await items.return!();
    assert.deepEqual(await gathered.sections[0]!.outcome.then(({ error }) => error), "abandoned");
    await oubli.close();
  });

  test("sections may be read in any order: none keeps another from its turn for ever", async () => {
    const many = (name: string) =>
      defineSource({
        name,
        async *export() {
          for (let at = 0; at < 500; at += 1) {
            yield { collection: "rows", id: `${at}`, category: "contact", data: {} };
          }
        },
      });
    const sources = ["a", "b", "c"].map(many);
    const { oubli, gathered } = await gathering(sources, { concurrency: 1 });
    for (const section of gathered.sections.toReversed()) {
      assert.equal((await listOf(section.items)).length, 500);
    }
    await oubli.close();
  });

  test("a source of another region is not asked, and one of every region is", async () => {
    const regions = {
      eu: { jurisdictions: ["EEA"], store: "sqlite::memory:" },
      us: { jurisdictions: ["US"], store: "sqlite:./other" },
    };
    const [here, there, everywhere] = ["eu", "us", null].map((region, at) =>
      otherSystem(`s${at}`, { region }),
    );
    const sources = [here!, there!, everywhere!].map(({ source }) => source);
    await using oubli = await openTestOubli({ regions }, { sources });
    const { id: subject } = await oubli.subject("ada", { jurisdiction: "DE" });
    const who = { tenant: word("default"), subject, externalId: "ada", identifiers: {} };
    const asked = { tenant: word("default"), actor: ACTOR, request: "r1" };
    const { sections } = await gatherExport(worldOf(oubli.as(ACTOR)), who, asked).outcome();
    assert.deepEqual(
      sections.map(({ source }) => source),
      ["s0", "s2"],
    );
    assert.deepEqual(there!.asked, []);
  });

  test("what is given is in the ledger: which source, how many items, whether all", async () => {
    const { oubli, gathered } = await gathering([otherSystem("crm").source]);
    await readAll(gathered);
    await gathered.outcome();
    const auditor = oubli.as({ kind: "staff", id: "eve", roles: ["auditor"] });
    const entries = [];
    for (let index = 0; ; index += 1) {
      const bytes = await auditor.audit.entry("ledger", index);
      if (bytes === null) break;
      entries.push(JSON.parse(Buffer.from(bytes).toString()));
    }
    const { source, items, complete } = entries.find(({ t }) => t === "source.exported");
    assert.deepEqual([source, items, complete], ["crm", 3, true]);
    await oubli.close();
  });

  test("a name that two sources share, or a fault in one's declaration, is refused at the start", async () => {
    const twice = [otherSystem("crm").source, otherSystem("crm").source];
    await assert.rejects(openTestOubli({}, { sources: twice }), { code: "CONFIG_INVALID" });
    const after = [otherSystem("crm", { eraseAfter: ["mail"] }).source];
    await assert.rejects(openTestOubli({}, { sources: after }), { code: "CONFIG_INVALID" });
    for (const wrong of [{ region: "mars" }, { processor: "nobody" }]) {
      const sources = [otherSystem("crm", wrong).source];
      await assert.rejects(openTestOubli({}, { sources }), { code: "CONFIG_INVALID" });
    }
    const broken = otherSystem("crm", {
      check: async () => [{ level: "error", code: word("table-missing"), at: "users" }],
    });
    await assert.rejects(openTestOubli({}, { sources: [broken.source] }), (error) => {
      assert.match(String(error), /sources\.crm\.users.*table-missing/);
      return true;
    });
  });

  for (const code of ["unreachable", "timeout", "busy", "refused", "failed"] as const) {
    test(`a source that says ${code} keeps nothing from opening`, async () => {
      const check = async () => [{ level: "error", code: code as never } as const];
      const source = otherSystem("crm", { check });
      await using oubli = await openTestOubli({}, { sources: [source.source] });
      assert.equal(oubli.sources.list().length, 1);
    });
  }

  test("a source that is down keeps nothing from opening, and says so when it is asked", async () => {
    const source = otherSystem("crm", {
      check: () => Promise.reject(new Error("connect ECONNREFUSED hunter2")),
    });
    await using oubli = await openTestOubli({}, { sources: [source.source] });
    const officer = oubli.as({ kind: "staff", id: "dpo", roles: ["privacy-officer"] });
    assert.deepEqual(await officer.sources.check(), [
      { source: "crm", findings: [{ level: "error", code: "unreachable" }] },
    ]);
  });
});
