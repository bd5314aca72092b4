import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { gdpr, hipaa, type ConfigInput, type ProcessorInput } from "#policy";

import { BAA, DPA, MODEL, wire } from "../processors.ts";
import { entriesOf, held, openPeople } from "../world.ts";

const ASTHMA = "has asthma";
const HEALTH = { category: "health" } as const;

/** The test world's clock starts on 1 January 2026; the agreement ends on 1 March. */
const DAYS_TO_THE_END = 59;

const host: ProcessorInput = {
  ...MODEL,
  role: "infrastructure",
  region: "us",
  baa: BAA,
  purposes: ["care"],
};
const model: ProcessorInput = {
  ...MODEL,
  region: "us",
  baa: BAA,
  purposes: ["care"],
  categories: ["health", "mental_health", "preference"],
};

function clinic({
  hosts = {},
  packs = [gdpr(), hipaa()],
  hipaaCovered = true,
  ...change
}: {
  hosts?: object;
  packs?: ConfigInput["packs"];
  hipaaCovered?: boolean;
  host?: object;
  model?: object;
} = {}): ConfigInput {
  return {
    packs: packs!,
    regions: { us: { jurisdictions: ["US"], store: "sqlite:./unused", hipaaCovered, hosts } },
    processors: { host: { ...host, ...change.host }, model: { ...model, ...change.model } },
    purposes: {
      care: {
        basis: "contract",
        condition: "health-care",
        categories: ["health", "mental_health", "preference"],
        retention: "P6Y",
      },
    },
  };
}

async function openClinic(
  given: Parameters<typeof clinic>[0] = {},
  options: Parameters<typeof openPeople>[1] = {},
) {
  const world = await openPeople(clinic(given), options);
  return { ...world, care: world.ada.session({ purpose: "care" }) };
}

const refused = (reason: string) => (error: unknown) => {
  const { code, details } = error as { code: string; details: { reason: string } };
  assert.deepEqual([code, details.reason], ["PROCESSOR_REFUSED", reason]);
  return true;
};

describe("45 CFR 164.308(b), 164.502(e): no host keeps protected health information without an agreement", () => {
  for (const kind of ["memory", "keys", "audit", "root", "backup"] as const) {
    test(`a host of ${kind} without an agreement on record: it is refused where it is written`, async () => {
      for (const [change, reason] of [
        [{ hosts: { [kind]: null } }, "host-unnamed"],
        [{ hosts: { [kind]: "host" }, host: { baa: undefined } }, "baa-missing"],
        [
          { hosts: { [kind]: "host" }, host: { baa: { ...BAA, signed: "2026-02-01" } } },
          "baa-not-in-force",
        ],
      ] as const) {
        await using world = await openClinic(change);
        await assert.rejects(world.care.remember(ASTHMA, HEALTH), refused(reason));
        assert.deepEqual(await held(world.ada.self()), []);
        const last = (await entriesOf(world.oubli, "access")).find(({ t }) => t === "deny")!;
        assert.deepEqual([last["guard"], last["reason"]], ["contract", reason]);
      }
    });
  }

  test("with an agreement in force it is stored, until the day that agreement expires", async () => {
    await using world = await openClinic({ hosts: { memory: "host", root: "host" } });
    const [asthma] = (await world.care.remember(ASTHMA, HEALTH)).nodes;
    world.clock.advance({ days: DAYS_TO_THE_END - 1 });
    await world.care.remember("has hay fever", HEALTH);

    world.clock.advance({ days: 1 });
    await assert.rejects(world.care.remember("has a cold", HEALTH), refused("baa-not-in-force"));
    const corrected = world.ada.correct(asthma!, "has no asthma", { purpose: "care" });
    await assert.rejects(corrected, refused("baa-not-in-force"));
    await assert.rejects(
      world.care.derive([asthma!], () => "is ill"),
      refused("baa-not-in-force"),
    );
    assert.deepEqual(await held(world.ada.self()), [ASTHMA, "has hay fever"]);
  });

  test("files of this process leave no process: they need no agreement, until their host is named", async () => {
    await using world = await openClinic();
    await world.care.remember(ASTHMA, HEALTH);
    assert.deepEqual(await held(world.ada.self()), [ASTHMA]);
  });

  test("what is not protected is stored all the same", async () => {
    await using world = await openClinic({ hosts: { memory: null } });
    await world.care.remember("prefers tea", { category: "preference" });
    assert.deepEqual(await held(world.ada.self()), ["prefers tea"]);
  });

  test("outside a covered region, or without the pack, no agreement is asked for", async () => {
    for (const change of [{ hipaaCovered: false }, { packs: [gdpr()] }]) {
      await using world = await openClinic({ hosts: { memory: null }, ...change });
      await world.care.remember(ASTHMA, HEALTH);
      assert.deepEqual(await held(world.ada.self()), [ASTHMA]);
    }
  });
});

describe("45 CFR 164.502(e), 164.504(e): no vendor is given it without an agreement", () => {
  test("an embedder without one is given none of it, and it is not stored", async () => {
    const { got, embedder } = wire();
    const none = { model: { baa: undefined } };
    await using world = await openClinic(none, { embedder: embedder("model") });
    await assert.rejects(world.care.remember(ASTHMA, HEALTH), refused("baa-missing"));
    await world.care.remember("prefers tea", { category: "preference" });

    assert.deepEqual(got, ["prefers tea"]);
    assert.deepEqual(await held(world.ada.self()), ["prefers tea"]);
  });

  test("with one in force each item is given, and stands in the log with its tag and the agreement", async () => {
    const { got, embedder, take } = wire();
    await using world = await openClinic({}, { embedder: embedder("model") });
    const { nodes } = await world.care.remember(ASTHMA, HEALTH);
    await world.care.disclose("model", nodes, take(1));

    assert.deepEqual(got, [ASTHMA, ASTHMA]);
    for (const record of (await world.ada.self().disclosures()).records) {
      assert.equal(record.contract, BAA.document);
      const given = record.nodes.map(({ id, category, phi }) => ({ id, category, phi }));
      assert.deepEqual(given, [{ id: nodes[0], category: "health", phi: true }]);
    }
  });

  test("from the day that it expires nothing more is given", async () => {
    const { got, take } = wire();
    await using world = await openClinic();
    const { nodes } = await world.care.remember(ASTHMA, HEALTH);
    world.clock.advance({ days: DAYS_TO_THE_END });
    await assert.rejects(world.care.disclose("model", nodes, take(1)), refused("baa-not-in-force"));
    assert.deepEqual(got, []);
  });

  test("a host without one closes the way out as well", async () => {
    const { got, take } = wire();
    const ends = { ...BAA, expires: "2026-02-01" };
    await using world = await openClinic({ hosts: { memory: "host" }, host: { baa: ends } });
    const { nodes } = await world.care.remember(ASTHMA, HEALTH);
    world.clock.advance({ days: 31 });
    await assert.rejects(world.care.disclose("model", nodes, take(1)), refused("baa-not-in-force"));
    assert.deepEqual(got, []);
  });

  test("a data processing agreement alone is not enough for it, and is for the rest", async () => {
    const { got, take } = wire();
    await using world = await openClinic({ model: { baa: undefined, dpa: DPA } });
    const { nodes } = await world.care.remember([
      { role: "user", content: ASTHMA, ...HEALTH },
      { role: "user", content: "prefers tea", category: "preference" },
    ]);
    await assert.rejects(world.care.disclose("model", nodes, take(1)), refused("baa-missing"));
    await world.care.disclose("model", [nodes[1]!], take(1));
    assert.deepEqual(got, ["prefers tea"]);
  });
});

describe("45 CFR 164.528: what an accounting of disclosures is made of", () => {
  test("each disclosure has its date, its recipient, its items and its purpose", async () => {
    await using world = await openClinic();
    const { nodes } = await world.care.remember(ASTHMA, HEALTH);
    world.clock.advance({ days: 3 });
    await world.care.disclose("model", nodes, () => {});

    const [record] = (await world.officer.disclosures()).records;
    assert.deepEqual(
      [record!.at, record!.processor, record!.country, record!.purpose, record!.categories],
      [Date.UTC(2026, 0, 4), "model", "US", "care", ["health"]],
    );
    assert.equal(record!.nodes[0]!.id, nodes[0]);
  });

  test("the application may not ask for it", async () => {
    await using world = await openClinic();
    await assert.rejects(world.ada.disclosures(), { code: "POLICY_REFUSED" });
  });
});
