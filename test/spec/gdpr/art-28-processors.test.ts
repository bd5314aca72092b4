import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { isOubliError } from "#kernel";

import { withoutRandom } from "../../support/without-random.ts";
import { openWithSpoiledLog, openWithModel, wire } from "../processors.ts";
import { entriesOf, letters, NOTICE, openPeople, PLAN, TEA } from "../world.ts";

const SHARING = { purpose: "third_party_sharing", explicit: true, ...NOTICE } as const;
const LIKES = { category: "preference" } as const;

// Goal: nothing leaves the process but through the gate, and nothing passes it unwritten.
// Method: a wire that keeps whatever reaches it, on the other end of each way out.

describe("GDPR Art. 28(3): a processor gets content under its contract, and through the gate alone", () => {
  test("memories are given to a registered processor, and its answer comes back", async () => {
    await using world = await openWithModel();
    const { got, take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    const { answer } = await world.chat.disclose("model", nodes, take("a fine tea"));

    assert.equal(answer, "a fine tea");
    assert.deepEqual(got, [TEA]);
  });

  for (const [name, change, code] of [
    [
      "without a contract in force",
      { dpa: { signed: "2026-06-01", document: "D" } },
      "PROCESSOR_REFUSED",
    ],
    ["in another region", { region: "elsewhere" }, "PROCESSOR_REFUSED"],
    ["that trains on what it gets", { trainsOnData: true }, "PROCESSOR_REFUSED"],
    ["for another category", { categories: ["account"] }, "PROCESSOR_REFUSED"],
    ["for another purpose", { purposes: ["billing"] }, "PROCESSOR_REFUSED"],
    [
      "of which the configuration does not say what it may get",
      { categories: undefined },
      "POLICY_GAP",
    ],
  ] as const) {
    test(`one ${name} gets nothing, and the refusal is in the log`, async () => {
      const { got, take, embedder } = wire();
      await using world = await openWithModel(change as object);
      const { nodes } = await world.chat.remember(TEA, LIKES);

      await assert.rejects(world.chat.disclose("model", nodes, take(1)), { code });
      const last = (await entriesOf(world.oubli, "access")).at(-1)!;
      assert.deepEqual([last.t, last["verb"], last["processor"]], ["deny", "disclose", "model"]);

      await using other = await openWithModel(change as object, {
        options: { embedder: embedder("model") },
      });
      await assert.rejects(other.chat.remember(TEA, LIKES), { code });
      await assert.rejects(other.chat.recall("tea"), { code });
      assert.deepEqual(got, []);
    });
  }

  test("a name that nobody registered gets nothing, and stays out of the log", async () => {
    await using world = await openWithModel();
    const { got, take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await assert.rejects(world.chat.disclose("lovelace", nodes, take(1)), {
      code: "PROCESSOR_REFUSED",
    });

    assert.deepEqual(got, []);
    assert.doesNotMatch(JSON.stringify(await entriesOf(world.oubli, "access")), /lovelace/);
  });

  test("a memory that this use may not see is not given away, and looks missing", async () => {
    await using world = await openWithModel();
    const { got, take } = wire();
    const { nodes } = await world.ada.session({ purpose: "billing" }).remember(PLAN);
    const [tea] = (await world.chat.remember(TEA, LIKES)).nodes;
    const others = (await world.bob.session({ purpose: "support" }).remember(TEA, LIKES)).nodes;

    for (const hidden of [nodes[0]!, others[0]!]) {
      await assert.rejects(world.chat.disclose("model", [tea!, hidden], take(1)), {
        code: "NOT_FOUND",
      });
    }
    assert.deepEqual(got, []);
  });

  test("more than the purpose lets out at once is not given away (Art. 5(1)(c))", async () => {
    const { got, take } = wire();
    const support = { basis: "contract", categories: ["preference"], retention: "P2Y" } as const;
    const purposes = { support: { ...support, maxNodes: 1 } };
    await using world = await openWithModel({}, { config: { purposes } });
    const { nodes } = await world.chat.remember([
      { role: "user", content: TEA },
      { role: "user", content: "prefers walks" },
    ]);

    await assert.rejects(world.chat.disclose("model", nodes, take(1)), { code: "LIMIT_EXCEEDED" });
    assert.deepEqual(got, []);
  });

  test("of a restricted or erased person nothing is given away (Art. 18(2), 17(1))", async () => {
    await using world = await openWithModel();
    const { got, take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    await world.ada.restrict({ ground: "accuracy-contested" });
    await assert.rejects(world.chat.disclose("model", nodes, take(1)), {
      code: "SUBJECT_RESTRICTED",
    });
    await world.ada.erase();
    await assert.rejects(world.chat.disclose("model", nodes, take(1)), { code: "SUBJECT_ERASED" });
    assert.deepEqual(got, []);
  });
});

describe("the choice beyond Art. 6: no third party without explicit consent to it", () => {
  test("nothing is given to a third party until the person said so explicitly, nor once they withdrew", async () => {
    await using world = await openWithModel({ role: "third-party" });
    const { got, take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    const share = () => world.chat.disclose("model", nodes, take(1));
    await assert.rejects(share(), (error) => {
      assert.ok(isOubliError(error, "CONSENT_MISSING"));
      assert.match(error.message, /grant\(\{ purpose: "third_party_sharing", explicit: true/);
      return true;
    });
    assert.deepEqual(got, []);

    await world.ada.consent.grant(SHARING);
    await share();
    assert.deepEqual(got, [TEA]);

    await world.ada.consent.withdraw(SHARING);
    await assert.rejects(share(), { code: "CONSENT_MISSING" });
    assert.deepEqual(got, [TEA]);
  });

  test("consent to the purpose itself, or to anything else, is not consent to share", async () => {
    await using world = await openWithModel({ role: "third-party" });
    const { got, take } = wire();
    await world.ada.consent.grant({ purpose: "assistant", explicit: true, ...NOTICE });
    await world.ada.consent.grant({ purpose: "newsletter", explicit: true, ...NOTICE });
    const { nodes } = await world.chat.remember(TEA, LIKES);

    await assert.rejects(world.chat.disclose("model", nodes, take(1)), { code: "CONSENT_MISSING" });
    assert.deepEqual(got, []);
  });
});

describe("Art. 5(2), 30(1)(d): each disclosure is written down before the bytes leave", () => {
  test("its entry is durable when the sending starts: who got which items, and why; never what they say", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember([
      { role: "user", content: TEA, ...LIKES },
      { role: "user", content: PLAN, category: "account" },
    ]);
    let before: Awaited<ReturnType<typeof entriesOf>> = [];
    const { auditIndex } = await world.chat.disclose("model", nodes, async () => {
      before = await entriesOf(world.oubli, "access");
    });

    const entry = before.at(-1)!;
    assert.equal(auditIndex, before.length - 1);
    assert.equal(entry.t, "disclose");
    assert.deepEqual(
      ["processor", "role", "country", "contract", "purpose", "basis"].map((fact) => entry[fact]),
      ["model", "processor", "US", "DPA-1", "support", "contract"],
    );
    assert.deepEqual(
      (entry["nodes"] as { id: string; category: string }[]).map(({ id, category }) => [
        id,
        category,
      ]),
      [
        [nodes[0], "preference"],
        [nodes[1], "account"],
      ],
    );
    assert.doesNotMatch(withoutRandom(JSON.stringify(before)), /tea|yearly/);
  });

  test("a log that cannot be written lets nothing leave", async () => {
    await using world = await openWithSpoiledLog();
    const { got, take } = wire();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    world.before(async () => {
      throw new Error("the disk is gone");
    });
    await assert.rejects(world.chat.disclose("model", nodes, take(1)), {
      code: "AUDIT_UNAVAILABLE",
    });
    assert.deepEqual(got, []);

    world.before(async () => {});
    await world.chat.disclose("model", nodes, take(1));
    assert.deepEqual(got, [TEA]);
  });

  test("a sending that failed is written down as such, and its error tells nothing", async () => {
    await using world = await openWithModel();
    const { nodes } = await world.chat.remember(TEA, LIKES);
    const failed = world.chat.disclose("model", nodes, (given) => {
      throw new Error(`cannot reach the model with ${given[0]!.content}`);
    });
    await assert.rejects(failed, (error) => {
      assert.ok(isOubliError(error, "SEND_FAILED"));
      assert.match(String(error.foreignCause()), /cannot reach/);
      const told = withoutRandom(`${error.stack}${JSON.stringify(error)}`);
      assert.doesNotMatch(told, /tea|cannot reach/);
      return true;
    });

    const [given, attempt] = (await entriesOf(world.oubli, "access")).slice(-2);
    assert.deepEqual([given!.t, attempt!.t], ["disclose", "disclose.failed"]);
    assert.equal(attempt!["of"], (await entriesOf(world.oubli, "access")).length - 2);
  });

  for (const [name, act, code] of [
    ["withdrawn", "withdraw", "CONSENT_MISSING"],
    ["erased", "forget", "NOT_FOUND"],
  ] as const) {
    test(`what another process saw ${name} between the decision and the entry is not given away`, async () => {
      await using world = await openWithSpoiledLog({ role: "third-party" });
      const { got, take } = wire();
      await world.ada.consent.grant(SHARING);
      const { nodes } = await world.chat.remember(TEA, LIKES);
      let due = true;
      world.before(async (types) => {
        if (!due || !types.includes("disclose")) return;
        due = false;
        if (act === "forget") await world.elsewhere.forget(nodes);
        else await world.elsewhere.consent.withdraw(SHARING);
      });

      await assert.rejects(world.chat.disclose("model", nodes, take(1)), { code });
      assert.equal(due, false);
      assert.deepEqual(got, []);
      const log = await entriesOf(world.oubli, "access");
      assert.deepEqual(
        log.filter(({ t }) => t === "disclose"),
        [],
      );
    });
  }
});

describe("embedders and derivers that ask a processor go the same way", () => {
  test("an embedder elsewhere gets each text once the log names it: memories, questions, corrections", async () => {
    const { got, embedder } = wire();
    await using world = await openWithModel({}, { options: { embedder: embedder("model") } });
    const [tea] = (await world.chat.remember(TEA, LIKES)).nodes;
    await world.chat.recall("what to drink");
    await world.ada.correct(tea!, "prefers coffee", { purpose: "support" });

    assert.deepEqual(got, [TEA, "what to drink", "prefers coffee"]);
    const given = (await entriesOf(world.oubli, "access")).filter(({ t }) => t === "disclose");
    assert.deepEqual(
      given.map(({ verb, nodes, questions }) => [
        verb,
        (nodes as { id: string }[]).map(({ id }) => id),
        questions,
      ]),
      [
        ["remember", [tea], 0],
        ["recall", [], 1],
        ["correct", [tea], 0],
      ],
    );
    assert.doesNotMatch(withoutRandom(JSON.stringify(given)), /tea|drink|coffee/);
  });

  test("one whose processor nobody registered opens nothing, and the error names the field", async () => {
    const { embedder, take } = wire();
    const derivers = { profile: { processor: "modell", derive: take("x") } };
    for (const [options, said] of [
      [
        { embedder: embedder("nobody") },
        /options.embedder.processor; given: a string of 6 .*accepted: model/,
      ],
      [{ derivers }, /options.derivers.profile.processor; given: modell; accepted: model/],
    ] as const) {
      await assert.rejects(openWithModel({}, { options }), {
        code: "INPUT_INVALID",
        message: said,
      });
    }
  });

  test("a question counts as whatever its purpose may hold", async () => {
    const { got, embedder } = wire();
    const narrow = { categories: ["preference"] } as const;
    await using world = await openWithModel(narrow, { options: { embedder: embedder("model") } });
    await world.chat.remember(TEA, LIKES);
    await assert.rejects(world.chat.recall("am I on the yearly plan?"), {
      code: "PROCESSOR_REFUSED",
    });

    assert.deepEqual(got, [TEA]);
  });

  test("an embedder inside the process is asked without the gate, and nothing is disclosed", async () => {
    await using world = await openPeople({}, { embedder: letters });
    const chat = world.ada.session({ purpose: "support" });
    await chat.remember(TEA, LIKES);
    assert.equal((await chat.recall("tea")).nodes.length, 1);

    const log = await entriesOf(world.oubli, "access");
    assert.deepEqual(
      log.filter(({ t }) => t.startsWith("disclose")),
      [],
    );
  });

  test("what a person corrects by right is given to nobody, and is found by its words", async () => {
    const { got, embedder } = wire();
    await using world = await openWithModel({}, { options: { embedder: embedder("model") } });
    const [tea] = (await world.chat.remember(TEA, LIKES)).nodes;
    await world.ada.self().correct(tea!, "prefers coffee");
    assert.deepEqual(got, [TEA]);

    const { nodes } = await world.chat.recall("coffee");
    assert.equal(nodes[0]!.content, "prefers coffee");
  });

  test("a deriver that asks a processor gets its sources through the gate, or nothing", async () => {
    for (const [purposes, permitted] of [
      [["support"], true],
      [["billing"], false],
    ] as const) {
      const { got, take } = wire();
      const derivers = { profile: { processor: "model", derive: take("a tea drinker") } };
      await using world = await openWithModel({ purposes }, { options: { derivers } });
      const { nodes } = await world.chat.remember(TEA, LIKES);
      const derived = world.chat.derive(nodes, "profile");
      if (permitted) await derived;
      else await assert.rejects(derived, { code: "PROCESSOR_REFUSED" });

      assert.deepEqual(got, permitted ? [TEA] : []);
      const log = await entriesOf(world.oubli, "access");
      assert.equal(log.filter(({ t }) => t === "disclose").length, permitted ? 1 : 0);
    }
  });

  test("a derived memory that is made anew asks its processor through the gate again", async () => {
    const { got, take } = wire();
    const derivers = { profile: { processor: "model", derive: take("a person of taste") } };
    await using world = await openWithModel({}, { options: { derivers } });
    const { nodes } = await world.chat.remember([
      { role: "user", content: TEA, ...LIKES },
      { role: "user", content: "prefers walks", ...LIKES },
    ]);
    await world.chat.derive(nodes, "profile");
    await world.ada.forget(nodes[0]!);

    assert.deepEqual(got, [TEA, "prefers walks", "prefers walks"]);
    const log = await entriesOf(world.oubli, "access");
    assert.equal(log.filter(({ t }) => t === "disclose").length, 2);
  });
});
