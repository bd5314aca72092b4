import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as fc from "fast-check";

import type { Stores, Subject, SubjectExport } from "#engine";
import { randomIds, type NodeId, type SubjectId } from "#kernel";

import { newGround, openGround } from "./support/ground.ts";
import { interceptStores } from "./support/intercepted-stores.ts";
import {
  act,
  ACT_NAMES,
  CLOCK,
  memoryStores,
  openWorld,
  outcomeOf,
  rowsOf,
  tracesOf,
  type Person,
  type World,
} from "./support/isolation-world.ts";
import { closeStores } from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

// Goal: no call for one person changes or reveals another.
// Method: random worlds of two to four people of two controllers, with the same words in their
// memories. One of them acts at random, on their own and on the others' ids; whatever comes back is
// searched for the others, and all that is stored about the others is compared, byte for byte.

const acts = fc.array(
  fc.record({
    name: fc.constantFrom(...ACT_NAMES),
    other: fc.nat({ max: 2 }),
    pick: fc.nat({ max: 9 }),
  }),
  { minLength: 3, maxLength: 8 },
);
const people = fc.integer({ min: 2, max: 4 });

test("in random worlds, a thousand when asked, no call for one person changes or reveals another", () =>
  inRandomWorlds(THOROUGH ? 1000 : 200, (count) => openWorld(count)));

test("in random worlds on one server, no call for one person changes or reveals another", async () => {
  await using ground = await newGround("postgres");
  const stores = await openGround(ground, CLOCK);
  const shared = (): Stores => interceptStores(stores, (_, go) => go());
  let worlds = 0;
  await inRandomWorlds(THOROUGH ? 200 : 20, (count) =>
    openWorld(count, stores, shared, `-${(worlds += 1)}`),
  );
  await closeStores(stores);
});

async function inRandomWorlds(
  runs: number,
  open: (count: number) => Promise<World>,
): Promise<void> {
  const seen = { acts: 0, codes: new Map<string, number>() };
  const inSome = () =>
    fc.assert(
      fc.asyncProperty(people, fc.nat({ max: 3 }), acts, async (count, who, chosen) => {
        await using world = await open(count);
        const me = world.people[who % count]!;
        const others = world.people.filter((person) => person !== me);
        const before = await Promise.all(others.map(({ app }) => pictureOf(world, app)));

        for (const one of chosen) {
          const outcome = await act(world, me, one);
          assert.deepEqual(tracesOf(world, me, outcome), [], `${one.name} shows others`);
          seen.acts += 1;
          const code = "code" in outcome ? outcome.code : "done";
          seen.codes.set(code, (seen.codes.get(code) ?? 0) + 1);
        }

        for (const [at, { app }] of others.entries()) {
          assertUnchanged(before[at]!, await pictureOf(world, app));
        }
      }),
      { numRuns: runs },
    );
  // In few worlds the rarer ones may stay away.
  const codes = ["done", "NOT_FOUND", ...(runs < 100 ? [] : ["ZERO_SCOPE", "HELD"])];
  const tooFew = () => codes.filter((code) => (seen.codes.get(code) ?? 0) <= runs / 20);
  // What stayed away by chance comes up in more of them.
  for (let times = 0; times < 10 && (seen.acts <= 4 * runs || tooFew().length > 0); times += 1) {
    await inSome();
  }
  assert.ok(seen.acts > 4 * runs, `${seen.acts} acts`);
  assert.deepEqual(tooFew(), [], [...seen.codes].join(" "));
}

describe("an id that names nobody matches nobody", () => {
  const WILD = [
    "",
    " ",
    "*",
    "%",
    "_",
    "?",
    "%a%",
    "a_a",
    "ad",
    "adaa",
    "ADA",
    "Ada",
    "ada ",
    " ada",
  ];
  const TRICKS = [
    "ada\0",
    "ada\n",
    "a\u0064\u0061\u200b",
    "'ada' OR 1=1 --",
    "ada' OR ''='",
    "[a]da",
  ];

  test("as a person's name: other names are other people, however alike", async () => {
    await using world = await openWorld(4);
    const before = await Promise.all(world.people.map(({ app }) => pictureOf(world, app)));
    const known = new Set(world.people.map(({ app }) => app.id));
    for (const name of [...WILD, ...TRICKS]) {
      const acme = world.oubli.tenant("acme");
      const found = await outcomeOf(() => acme.find(name));
      if ("value" in found) assert.equal(found.value, null, JSON.stringify(name));
      else assert.equal(found.code, "INPUT_INVALID");
      const made = await outcomeOf(() => acme.subject(name));
      if ("value" in made) assert.ok(!known.has((made.value as Subject).id), JSON.stringify(name));
    }
    for (const [at, { app }] of world.people.entries()) {
      assertUnchanged(before[at]!, await pictureOf(world, app));
    }
  });

  test("as a controller's, a memory's, a subject's, a hold's, a purpose's or a category's", async () => {
    await using world = await openWorld(2);
    const [ada, ben] = world.people as [Person, Person];
    const before = await pictureOf(world, ben.app);
    const chat = ada.app.session({ purpose: "support" });
    const nodes = [ada.nodes[0]!, ben.nodes[0]!];
    const like = (id: string): string[] => [
      id.slice(0, -1),
      `${id.slice(0, -1)}%`,
      `${id.slice(0, -1)}_`,
      `${id}*`,
      id.toUpperCase(),
      id.toLowerCase(),
      ` ${id}`,
      `${id}\0`,
    ];
    for (const id of [...WILD, ...TRICKS, ...nodes.flatMap(like), ...like(ben.app.id)]) {
      const calls: (() => unknown)[] = [
        () => ada.officer.get(id),
        () => ada.app.forget(id),
        () => ada.officer.correct(id, "x"),
        () => ada.officer.release(id),
        () => ada.officer.lift(id),
        () => chat.link(nodes[0]!, id, "same_as"),
        () => chat.derive([id], () => "x"),
        () => world.oubli.tenant("acme").subjectById(id),
        () => world.oubli.certificate(id, id),
        () => ada.officer.list({ category: id as never }),
      ];
      for (const call of calls) {
        const outcome = await outcomeOf(call);
        assert.ok("code" in outcome, `${String(call)} takes ${JSON.stringify(id)}`);
        assert.match(outcome.code, /^(INPUT_INVALID|NOT_FOUND|ZERO_SCOPE)$/);
        assert.deepEqual(tracesOf(world, ada, outcome), []);
      }
      const around = await outcomeOf(() => chat.neighbours(id));
      assert.ok("code" in around || (around.value as unknown[]).length === 0);
      const other = await outcomeOf(() => world.oubli.tenant(id).find("ada"));
      assert.ok("code" in other || other.value === null, `tenant ${JSON.stringify(id)}`);
      const used = await outcomeOf(() => ada.app.session({ purpose: id }).recall("tea"));
      assert.ok("code" in used, `purpose ${JSON.stringify(id)}`);
    }
    assertUnchanged(before, await pictureOf(world, ben.app));
  });
});

describe("another person's id is answered like one that never was", () => {
  const CALLS: Readonly<Record<string, (me: Person, id: string) => unknown>> = {
    get: ({ app }, id) => app.get(id, { purpose: "support" }),
    "get by right": ({ app }, id) => app.self().get(id),
    forget: ({ app }, id) => app.forget(id),
    correct: ({ officer }, id) => officer.correct(id, "x"),
    "link to": ({ app, nodes }, id) => app.session({ purpose: "support" }).link(nodes[0]!, id, "a"),
    "link from": ({ app, nodes }, id) =>
      app.session({ purpose: "support" }).link(id, nodes[0]!, "a"),
    derive: ({ app, nodes }, id) =>
      app.session({ purpose: "support" }).derive([nodes[0]!, id], () => "x"),
    neighbours: ({ app }, id) => app.session({ purpose: "support" }).neighbours(id),
    hold: ({ officer }, id) =>
      officer.hold({ case: "c", reason: "litigation", nodes: [id as NodeId] }),
  };
  for (const [name, call] of Object.entries(CALLS)) {
    test(name, async () => {
      await using world = await openWorld(4);
      const [ada, ...others] = world.people as [Person, ...Person[]];
      const shapeOf = async (id: string) =>
        JSON.stringify(await outcomeOf(() => call(ada, id)))
          .replaceAll(id, "<id>")
          .replace(/"hold_[^"]{22}"/, "<hold>");
      const never = await shapeOf(randomIds.next("node"));
      for (const { nodes } of others) {
        for (const id of nodes) assert.equal(await shapeOf(id), never);
      }
      const mine = await shapeOf(ada.nodes[0]!);
      if (name !== "hold" && !name.startsWith("link")) assert.notEqual(mine, never, "control");
    });
  }

  test("a hold, a restriction, a certificate, and a subject of another controller", async () => {
    await using world = await openWorld(4);
    const [ada, , rivalAda] = world.people as [Person, Person, Person];
    const erased = await rivalAda.app.forget(rivalAda.nodes[0]!);
    const acme = world.oubli.tenant("acme");
    const pairs: readonly (readonly [() => unknown, () => unknown])[] = [
      [
        () => ada.officer.release(rivalAda.ids.at(-1)!),
        () => ada.officer.release(randomIds.next("hold")),
      ],
      [
        () => ada.officer.lift(rivalAda.ids.at(-2)!),
        () => ada.officer.lift(randomIds.next("restriction")),
      ],
      [
        () => acme.certificate(rivalAda.app.id, erased.erasure),
        () => acme.certificate(randomIds.next("subject"), randomIds.next("erasure")),
      ],
      [() => acme.subjectById(rivalAda.app.id), () => acme.subjectById(randomIds.next("subject"))],
    ];
    for (const [theirs, never] of pairs) {
      const answer = await outcomeOf(theirs);
      assert.deepEqual(answer, await outcomeOf(never));
      assert.equal("code" in answer && answer.code, "NOT_FOUND");
    }
  });

  test("nobody acts as another person by taking their id", async () => {
    await using world = await openWorld(2);
    const [ada, ben] = world.people as [Person, Person];
    const posing = await outcomeOf(() =>
      world.oubli.tenant("acme").as({ kind: "subject", id: ben.app.id, roles: ["subject"] }),
    );
    assert.equal("code" in posing && posing.code, "INPUT_INVALID");
    const self = world.oubli
      .tenant("acme")
      .as({ kind: "subject", id: "somebody", roles: ["subject"] });
    const other = await self.subjectById(ada.app.id);
    const read = await outcomeOf(() => other.get(ada.nodes[0]!));
    assert.equal("code" in read && read.code, "POLICY_REFUSED");
  });
});

test("one name at two controllers is two people", async () => {
  await using world = await openWorld(3);
  const [ada, , rivalAda] = world.people as [Person, Person, Person];
  assert.notEqual(ada.app.id, rivalAda.app.id);
  for (const { id } of await ada.officer.holds()) await ada.officer.release(id);
  const before = await pictureOf(world, rivalAda.app);

  await ada.app.erase();

  assertUnchanged(before, await pictureOf(world, rivalAda.app));
  assert.equal((await world.oubli.tenant("rival").find("ada"))?.id, rivalAda.app.id);
  assert.equal(await world.oubli.tenant("acme").find("ada"), null);
});

interface Picture {
  readonly rows: Awaited<ReturnType<typeof rowsOf>>;
  readonly copy: SubjectExport | null;
}

/** The rows first: an export is itself written down. */
async function pictureOf({ stores }: World, person: Subject): Promise<Picture> {
  const rows = await rowsOf(stores, person.id);
  const copy = await outcomeOf(() => person.self().export());
  return { rows, copy: "value" in copy ? (copy.value as SubjectExport) : null };
}

/** The second picture has one entry more in the log: that of the first one's export. */
function assertUnchanged(before: Picture, after: Picture): void {
  const { access, ...audit } = after.rows.audit;
  const { access: accessBefore, ...auditBefore } = before.rows.audit;
  assert.deepEqual(after.rows.memory, before.rows.memory);
  assert.deepEqual(after.rows.keys, before.rows.keys);
  assert.deepEqual(audit, auditBefore);
  assert.deepEqual(access.slice(0, -1), accessBefore);
  assert.ok(before.copy && after.copy);
  const { accesses, ...copy } = after.copy;
  const { accesses: accessesBefore, ...copyBefore } = before.copy;
  assert.deepEqual(copy, copyBefore);
  assert.deepEqual(accesses.slice(0, -1), accessesBefore);
}

describe("control: the comparison finds", () => {
  test("any act of another person that changes or releases something, whichever it is", async () => {
    const silent: string[] = [];
    for (const name of ACT_NAMES) {
      await using world = await openWorld(4);
      const ben = world.people[1]!;
      const { app } = ben;
      const before = await pictureOf(world, app);
      await act(world, ben, { name, other: 0, pick: 0 });
      if (isUnchanged(before, await pictureOf(world, app))) silent.push(name);
    }
    // These read no memory. What found nothing changed nothing either, but its refusal is logged.
    assert.deepEqual(silent, ["history", "facts", "accesses", "findOther", "byTheirId"]);
  });

  test("an application that takes one person's handle for another's", async () => {
    for (const name of ["recall", "recallAll", "list", "export", "block", "getTheirs"] as const) {
      await using world = await openWorld(2);
      const [ada, ben] = world.people as [Person, Person];
      const mixed = { ...ada, app: ben.app, officer: ben.officer };
      const people = [mixed, ben];
      const outcome = await act({ ...world, people }, mixed, { name, other: 0, pick: 0 });
      assert.ok(tracesOf({ ...world, people }, mixed, outcome).includes(ben.token), name);
    }
  });
});

test("a store that answers for one person with another's rows opens nothing of theirs", async () => {
  const stores = memoryStores();
  let victim: SubjectId | null = null;
  const mixed = interceptStores(stores, (call, go) => {
    const method = Reflect.get(stores[call.port], call.method) as (...args: unknown[]) => unknown;
    const reads = call.port === "memory" || call.method === "nodeKeys";
    if (victim === null || !reads || typeof call.args[0] !== "string") return go();
    return Promise.resolve(method(victim, ...call.args.slice(1)));
  });
  await using world = await openWorld(2, stores, () => mixed);
  const [ada, ben] = world.people as [Person, Person];
  victim = ben.app.id;
  for (const name of ["recallAll", "getTheirs", "list", "export", "neighboursOfTheirs"] as const) {
    const outcome = await act(world, ada, { name, other: 0, pick: 0 });
    assert.equal("code" in outcome && outcome.code, "SEAL_BROKEN", name);
    assert.ok(!JSON.stringify(outcome).includes(ben.token));
  }
});

function isUnchanged(before: Picture, after: Picture): boolean {
  try {
    assertUnchanged(before, after);
    return true;
  } catch {
    return false;
  }
}
