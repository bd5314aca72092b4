import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import { systemClock, type EpochMs } from "#kernel";
import { checkControls, CONTROLS, groundOf, run, runPosture } from "#posture";
import { defineSource, SourceFailure, type Source } from "#sources";

import { newGround } from "./support/ground.ts";
import { CLINIC } from "./support/posture-world.ts";
import { REGION } from "./support/region.ts";

const OFFICER = { kind: "staff", id: "officer", roles: ["privacy-officer"] } as const;

const WHERE = "cases-stand-where-the-ledger-says";
const ENDING = "erasures-elsewhere-come-to-an-end";
const TOLD = "recipients-are-told";
const STOPS = "retention-stops-are-answered";
const BUDGET = "budget-refuses";

/** An installation with another system, which can be down, and can ask for more than a name. */
async function openOffice(...others: readonly Source[]) {
  const ground = await newGround("sqlite");
  const place = { store: `sqlite:${ground.folder}/data`, root: `${ground.folder}/root` };
  const shop = { fails: null as string | null, over: 0 };
  let by = 0;
  const clock = { now: () => (systemClock.now() + by) as EpochMs };
  const source = defineSource({
    name: "shop",
    backupsEnd: "P35D",
    async erase({ identifiers }) {
      const failure = identifiers["email"] === undefined ? shop.fails : null;
      if (failure !== null) throw new SourceFailure(failure);
      return { status: "done", recordsDeleted: 1, collections: [] };
    },
    retention: [
      {
        rule: "session-logs",
        spares: true,
        count: async () => shop.over,
        sweep: async () => 0,
      },
    ],
  });
  const { packs, controller, purposes, processors, analytics } = CLINIC;
  const oubli = await openOubli(
    {
      packs,
      controller,
      purposes,
      processors,
      analytics,
      regions: { [REGION]: { jurisdictions: ["US"], hipaaCovered: true, ...place } },
    },
    { sweep: "manual", clock, sources: [source, ...others] },
  );
  const ada = await oubli.subject("ada");
  await ada.session({ purpose: "care" }).remember("Ada prefers tea", { category: "preference" });
  const askFor = (person: string, identity: "session" | "code" = "code") =>
    oubli.requests.receive({ person, right: "access", manner: "form", identity });
  return {
    oubli,
    place,
    shop,
    officer: oubli.as(OFFICER),
    ask: () => askFor("ada", "session"),
    askFor,
    advance: (days: number) => void (by += days * 86_400_000),
    spoil(statement: string) {
      using database = new DatabaseSync(`${ground.folder}/data/audit.db`, { timeout: 5000 });
      database.exec(statement);
    },
    async look(control: string) {
      const one = CONTROLS.filter((each) => each.control === control);
      const [finding] = await checkControls(oubli.region(REGION), place, one);
      return finding!;
    },
    async [Symbol.asyncDispose]() {
      await oubli.close();
      await ground[Symbol.asyncDispose]();
    },
  };
}

type Office = Awaited<ReturnType<typeof openOffice>>;

const erased = async ({ officer }: Office) => (await officer.find("ada"))!.erase();

async function down(office: Office, fails = "unreachable"): Promise<void> {
  office.shop.fails = fails;
  await erased(office);
}

async function published({ officer, advance }: Office): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  advance(3);
  const asked = { event: "login", from: day, to: day, epsilon: 1 };
  await officer.tenant("b").analytics.publish(asked);
}

/** A restriction of which the other system does not know yet. */
async function answered({ oubli, officer }: Office): Promise<string> {
  const asked = { person: "ada", right: "restriction", manner: "form" } as const;
  const { request } = await oubli.requests.receive({ ...asked, identity: "session" });
  const { state, waitingFor } = await officer.requests.advance(request.request);
  assert.deepEqual([state, waitingFor], ["completed-with-exceptions", ["shop"]]);
  return request.request;
}

const BREACH = {
  detectedAt: new Date(),
  description: "A disk with patients' files was lost.",
  severity: "critical",
  kinds: ["confidentiality"],
  affectedUsers: [],
  dataCategories: ["health"],
} as const;

interface Planted {
  readonly fault: string;
  readonly seenBy: string;
  /** The same office before the fault. */
  before(office: Office): Promise<unknown>;
  plant(office: Office): unknown;
}

const FAULTS: readonly Planted[] = [
  {
    fault: "the row of an open erasure was taken away",
    seenBy: WHERE,
    before: (office) => down(office),
    plant: ({ spoil }) => spoil("DELETE FROM case_file WHERE kind = 'targets'"),
  },
  {
    fault: "a request that nobody had looked at yet was taken away",
    seenBy: WHERE,
    before: ({ askFor }) => askFor("nobody-known"),
    plant: ({ spoil, advance }) => {
      spoil("DELETE FROM case_file WHERE kind = 'request'");
      advance(2);
    },
  },
  {
    fault: "a task towards an authority was taken away",
    seenBy: WHERE,
    before: ({ officer }) => officer.breach.open(BREACH),
    plant: ({ spoil, advance }) => {
      spoil("DELETE FROM case_file WHERE kind = 'notice'");
      advance(2);
    },
  },
  {
    fault: "tombstones were taken away",
    seenBy: WHERE,
    before: erased,
    plant: ({ spoil }) =>
      spoil("DELETE FROM case_file WHERE state IN ('tombstone', 'fingerprints')"),
  },
  {
    fault: "a request's term was put off",
    seenBy: WHERE,
    before: ({ ask }) => ask(),
    plant: ({ spoil }) =>
      spoil("UPDATE case_file SET facts = json_set(facts, '$.answerBy', 4070908800000)"),
  },
  {
    fault: "a request was set to completed",
    seenBy: WHERE,
    before: ({ ask }) => ask(),
    plant: ({ spoil }) => spoil("UPDATE case_file SET state = 'completed', closed_at = opened_at"),
  },
  {
    fault: "a request that nobody has answered was closed",
    seenBy: WHERE,
    before: ({ ask }) => ask(),
    plant: ({ spoil }) => spoil("UPDATE case_file SET closed_at = opened_at, due_at = NULL"),
  },
  {
    fault: "a request whose asker showed nothing was set to proven",
    seenBy: WHERE,
    before: ({ askFor }) => askFor("ada"),
    plant: ({ spoil }) =>
      spoil("UPDATE case_file SET facts = json_set(facts, '$.identity', 'session')"),
  },
  {
    fault: "who is still to be told of an answer was taken out of its row",
    seenBy: WHERE,
    before: answered,
    plant: ({ spoil }) =>
      spoil(`UPDATE case_file SET facts = json_set(facts, '$.recipients', json('[]'),
        '$.exceptions', json('[]'), '$.waitingFor', json('[]'))`),
  },
  {
    fault: "a recipient whom nobody told was set to told",
    seenBy: WHERE,
    before: answered,
    plant: ({ spoil }) =>
      spoil("UPDATE case_file SET facts = json_set(facts, '$.recipients[0].toldAt', 1)"),
  },
  {
    fault: "a recipient of an answer was not told for weeks",
    seenBy: TOLD,
    before: answered,
    plant: async ({ advance, oubli }) => {
      advance(15);
      await oubli.sweep();
    },
  },
  {
    fault: "a request is executing, and nothing wakes it",
    seenBy: WHERE,
    before: ({ ask }) => ask(),
    plant: ({ spoil }) => spoil("UPDATE case_file SET state = 'executing', due_at = NULL"),
  },
  {
    fault: "an erasure in another system was put to sleep",
    seenBy: WHERE,
    before: (office) => down(office),
    plant: ({ spoil }) => spoil("UPDATE case_file SET due_at = 4070908800000"),
  },
  {
    fault: "another system fails an erasure for days",
    seenBy: ENDING,
    before: (office) => down(office),
    plant: ({ advance }) => advance(4),
  },
  {
    fault: "another system says that it is done, and is not",
    seenBy: ENDING,
    before: (office) => down(office),
    plant: ({ spoil }) =>
      spoil("UPDATE case_file SET facts = replace(facts, 'unreachable', 'lying')"),
  },
  {
    fault: "a retention run stopped, and nobody looks",
    seenBy: STOPS,
    before: async (office) => {
      office.shop.over = 1_000_000;
      await office.officer.retention.run();
    },
    plant: ({ advance }) => advance(4),
  },
  {
    fault: "another controller's budget was overspent",
    seenBy: BUDGET,
    before: published,
    plant: ({ spoil }) => spoil("UPDATE tally_spent SET spent = 99000"),
  },
  {
    fault: "a day's limit was raised behind the ledger, and spent",
    seenBy: BUDGET,
    before: published,
    plant: ({ spoil }) => spoil("UPDATE tally_spent SET spent = 99000, day_limit = 99000"),
  },
  {
    fault: "a budget that was spent was given back",
    seenBy: BUDGET,
    before: published,
    plant: ({ spoil }) => spoil("DELETE FROM tally_spent"),
  },
];

describe("what went wrong with the office's work is found, and not before it did", () => {
  for (const { fault, seenBy, before, plant } of FAULTS) {
    test(fault, async () => {
      await using office = await openOffice();
      await before(office);
      const sound = await office.look(seenBy);
      assert.notEqual(sound.state, "broken", JSON.stringify(sound.facts));
      await plant(office);
      const { state, facts } = await office.look(seenBy);
      assert.equal(state, "broken", JSON.stringify(facts));
      assert.ok(!("code" in facts), `it broke by an error: ${facts["code"]}`);
    });
  }
});

test("a case that goes on while it is looked at is sound", async () => {
  await using office = await openOffice();
  await down(office);
  const ground = groundOf(office.oubli.region(REGION), office.place);
  const before = await ground.told();
  office.advance(1);
  await office.oubli.sweep();
  const control = CONTROLS.find((one) => one.control === WHERE)!;
  const { state, facts } = await run(control, ground);
  assert.equal(state, "held", JSON.stringify(facts));
  const steps = async (): Promise<readonly number[]> =>
    [...(await groundOf(office.oubli.region(REGION), office.place).told()).cases.values()].map(
      ({ newest }) => newest,
    );
  assert.notDeepEqual(
    await steps(),
    [...before.cases.values()].map(({ newest }) => newest),
  );
});

test("a request that was cut off, and came again, is not missed", async () => {
  await using office = await openOffice();
  await office.askFor("nobody-known");
  office.spoil("DELETE FROM case_file");
  const first = await office.look(WHERE);
  assert.equal(first.state, "held", JSON.stringify(first.facts));
  office.advance(2);
  await office.askFor("nobody-known");
  const { state, facts } = await office.look(WHERE);
  assert.equal(state, "held", JSON.stringify(facts));
});

test("a day that was spent under a higher limit than now is sound", async () => {
  await using office = await openOffice();
  await published(office);
  const ground = groundOf(office.oubli.region(REGION), office.place);
  const { world } = ground;
  const analytics = { ...world.policy.analytics!, milliEpsilonPerDay: 1 };
  const since = { ...ground, world: { ...world, policy: { ...world.policy, analytics } } };
  const { state, facts } = await run(
    CONTROLS.find(({ control }) => control === BUDGET)!,
    since,
  );
  assert.equal(state, "held", JSON.stringify(facts));
  assert.equal(facts["daysPublished"], 1);
});

test("what no attempt mends is broken at once", async () => {
  await using office = await openOffice();
  await down(office, "identifier-missing");
  assert.equal((await office.look(ENDING)).state, "broken");
});

test("a system of which no rule of retention is known is named", async () => {
  const erase = async () => ({ status: "done", recordsDeleted: 0, collections: [] }) as const;
  await using office = await openOffice(defineSource({ name: "carts", erase }));
  const { state, facts } = await office.look("retention-counts-first");
  assert.equal(state, "held", JSON.stringify(facts));
  assert.deepEqual([facts["systemsWithoutRule"], facts["firstWithoutRule"]], [1, "carts"]);
});

test("a system that asks for more than a name is not asked for the canaries", async () => {
  await using office = await openOffice();
  office.shop.fails = "identifier-missing";
  await office.officer.accountability.publishNotice({ version: "2026-01" });
  const { posture } = await runPosture(office.oubli.region(REGION), office.place);
  const broken = posture.findings.filter(({ state }) => state === "broken");
  assert.deepEqual(
    broken.map(({ control }) => control),
    [],
  );
  for (const tenant of ["default", "posture-canary"]) {
    const open = await office.officer.tenant(tenant).sources.erasures({ open: true });
    assert.deepEqual(open, []);
  }
});
