import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import fc from "fast-check";

import { openTestOubli, type Oubli } from "#engine";
import type { Certificate, Surface } from "#erasure";
import { verifyCertificate } from "#verify";

import { ON_CLUSTER } from "../support/cluster.ts";
import {
  anyErasure,
  carryOut,
  certificateOf,
  CONFIG,
  forgetOne,
  hashesOf,
  tellsOf,
  wordsOf,
  type Erasure,
} from "./support/random-erasures.ts";
import { AUDITOR } from "../spec/world.ts";
import { ENGINES, type Engine } from "./support/ground.ts";
import { oubliOn } from "./support/oubli-on.ts";
import { THOROUGH } from "./support/thorough.ts";

// Proof 9: a receipt says what was done and nothing of what it was done to; every byte of it counts.
// Method: thousands of random erasures, each certificate searched for everything that went into it,
// in the clear and as every usual hash; and then changed, byte by byte and bit by bit.

/** In memory, where it is files: what is asked here is the same. */
const open = async (engine: Engine): Promise<Oubli & AsyncDisposable> => {
  if (engine === "sqlite") return openTestOubli(CONFIG);
  const on = await oubliOn(engine, CONFIG);
  return { ...on.oubli, [Symbol.asyncDispose]: () => on[Symbol.asyncDispose]() };
};

/** A row that comes back whenever it is removed. */
const STUBBORN = {
  sqlite: {
    make: `CREATE TRIGGER stubborn AFTER DELETE ON node BEGIN INSERT INTO node
      SELECT OLD.subject_id, OLD.node_id, OLD.revision, OLD.kind, OLD.category, OLD.categories,
        OLD.purposes, OLD.special, OLD.phi, OLD.created_at, OLD.updated_at, OLD.expires_at,
        OLD.session_id, OLD.position, OLD.deriver, OLD.change, OLD.replay_tag; END`,
    drop: "DROP TRIGGER stubborn",
  },
  postgres: {
    make: `CREATE FUNCTION stubborn() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO node VALUES (OLD.*); RETURN NULL; END';
      CREATE TRIGGER stubborn AFTER DELETE ON node FOR EACH ROW EXECUTE FUNCTION stubborn()`,
    drop: "DROP TRIGGER stubborn ON node",
  },
};

/** Random erasures; daily on a server fewer. */
const ERASURES = THOROUGH ? { sqlite: 1200, postgres: 1200 } : { sqlite: 400, postgres: 60 };

const OFFICER = { kind: "staff", id: "officer", roles: ["privacy-officer"] } as const;

for (const engine of ENGINES) {
  describe(`${engine}: no certificate holds what it is about`, () => {
    test("random erasures: no external id, content, metadata, or hash of one", async () => {
      await using oubli = await open(engine);
      const done: { erasure: Erasure; certificate: Certificate }[] = [];
      await fc.assert(
        fc.asyncProperty(anyErasure, async (erasure) => {
          const certificate = await carryOut(oubli, erasure);
          done.push({ erasure, certificate });
          assert.deepEqual(tellsOf(certificate, wordsOf(erasure)), []);
        }),
        { numRuns: ERASURES[engine] },
      );
      assert.equal(new Set(done.map(({ erasure }) => erasure.act)).size, 3);

      // The same erasures once more, as they stand after the end of the epoch.
      assert.equal((await oubli.rotate()).final, done.length);
      for (const { erasure, certificate } of done.slice(0, 100)) {
        const subject = String(certificate.entry["subject"]);
        const final = await oubli.certificate(subject, certificate.erasure);
        assert.deepEqual(tellsOf(final, wordsOf(erasure)), []);
      }
    });

    test("what it does hold is ids, codes, counts and times: the shape is fixed", async () => {
      await using oubli = await open(engine);
      const { certificate } = await forgetOne(oubli);
      assert.deepEqual(
        Object.keys(certificate.entry).sort().join(" "),
        "actor backups epoch erasure id intent keptBy kind limitations log reason region salt scope stage " +
          "startedAt stragglers subject surfaces t tenant ts v",
      );
      assert.match(String(certificate.entry["salt"]), /^[\w-]{22}$/);
    });

    test("two erasures that are alike in everything have certificates that are not", async () => {
      await using oubli = await open(engine);
      const [one, two] = [await forgetOne(oubli), await forgetOne(oubli)];
      const { salt } = one.certificate.entry;
      assert.notEqual(salt, two.certificate.entry["salt"]);
      assert.notEqual(one.certificate.json, two.certificate.json);
    });

    test("the check can fail: it finds a text, and each kind of hash, that is planted in one", async () => {
      await using oubli = await open(engine);
      const { certificate } = await forgetOne(oubli);
      const word = "Ada Lovelace, 10 December";
      for (const planted of [word, JSON.stringify(word), ...hashesOf(word)]) {
        const entry = { ...certificate.entry, planted };
        assert.notDeepEqual(tellsOf({ ...certificate, entry } as Certificate, [word]), []);
      }
    });
  });
}

describe("every byte of a certificate counts", () => {
  for (const act of ["forget", "correct", "erase"] as const) {
    test(`${act}: each byte, changed to another, is rejected, at every place`, async () => {
      await using oubli = await openTestOubli(CONFIG);
      const { json, verifierKey } = await certificateOf(oubli, act);
      const bytes = Buffer.from(json);
      assert.equal((await verifyCertificate(bytes, verifierKey)).valid, true);
      const accepted: number[] = [];
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ (1 + (at % 255));
        if ((await verifyCertificate(changed, verifierKey)).valid) accepted.push(at);
      }
      assert.deepEqual(accepted, []);
    });
  }

  test("each single bit of one of them, turned over, is rejected; daily a bit of each byte", async () => {
    await using oubli = await openTestOubli(CONFIG);
    const { json, verifierKey } = await certificateOf(oubli, "forget");
    const bytes = Buffer.from(json);
    for (let bit = 0; bit < bytes.length * 8; bit += THOROUGH ? 1 : 7) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      const { valid } = await verifyCertificate(changed, verifierKey);
      assert.equal(valid, false, `bit ${bit}`);
    }
  });

  test("a byte left out, doubled or added is rejected, at any place of any certificate", async () => {
    await using oubli = await openTestOubli(CONFIG);
    const certificates: Certificate[] = [];
    for (const act of ["forget", "correct", "erase", "forget"] as const) {
      certificates.push(await certificateOf(oubli, act));
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...certificates),
        fc.nat(),
        fc.constantFrom("left out", "doubled", "added"),
        fc.integer({ min: 32, max: 126 }),
        async ({ json, verifierKey }, place, how, letter) => {
          const at = place % json.length;
          const middle = {
            "left out": "",
            doubled: json[at]!.repeat(2),
            added: json[at]! + String.fromCharCode(letter),
          };
          const changed = json.slice(0, at) + middle[how] + json.slice(at + 1);
          assert.equal((await verifyCertificate(changed, verifierKey)).valid, false);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("a certificate holds under the key that signed it, and under no other", async () => {
    await using oubli = await openTestOubli(CONFIG);
    await using other = await openTestOubli(CONFIG);
    const { json, verifierKey } = await certificateOf(oubli, "forget");
    const [ledger, access, foreign] = [
      oubli.audit.verifierKey("ledger"),
      oubli.audit.verifierKey("access"),
      other.audit.verifierKey("ledger"),
    ];
    assert.equal(verifierKey, ledger);
    assert.equal((await verifyCertificate(json, ledger)).valid, true);
    for (const key of [access, foreign, "", "oubli", ledger.slice(0, -1)]) {
      assert.equal((await verifyCertificate(json, key)).valid, false);
    }
    assert.equal((await oubli.verify(json)).valid, true);
    assert.equal((await other.verify(json)).valid, false);
  });

  test("another entry of the same ledger is no certificate", async () => {
    await using oubli = await openTestOubli(CONFIG);
    const { certificate } = await forgetOne(oubli);
    const index = Number(certificate.entry["intent"]);
    const entry = Buffer.from((await oubli.as(AUDITOR).audit.entry("ledger", index))!).toString(
      "base64",
    );
    const proof = await oubli.audit.prove("ledger", index);
    const forged = JSON.stringify({ entry, format: "oubli-certificate-1", proof });

    const checked = await oubli.verify(forged);
    assert.deepEqual(checked, { valid: false, reason: "entry-type-uncertified" });
  });
});

for (const engine of ENGINES) {
  describe(`${engine}: zero scope is refused: what erased nothing has no certificate`, () => {
    test("an unknown memory, another's memory, one that is gone already, an unknown person", async () => {
      await using oubli = await open(engine);
      const { person, node } = await forgetOne(oubli);
      const bob = await oubli.subject("bob");
      const before = await ledgerSize(oubli);
      for (const nothing of [
        () => person.forget(`node_${"A".repeat(22)}`),
        () => person.forget(node),
        () => bob.forget(node),
      ]) {
        await assert.rejects(nothing, { code: "ZERO_SCOPE" });
      }
      await assert.rejects(oubli.subjectById(`sub_${"A".repeat(22)}`), { code: "NOT_FOUND" });
      await person.erase();
      const after = await ledgerSize(oubli);
      await assert.rejects(person.erase(), { code: "ZERO_SCOPE" });

      assert.equal(after, before + 2, "the erasure alone is in the ledger: its intent and its end");
      assert.equal(await ledgerSize(oubli), after);
    });

    test("a person without memories is not nothing: their name and key are erased", async () => {
      await using oubli = await open(engine);
      const eve = await oubli.subject("eve");
      const { entry } = await eve.erase();

      assert.deepEqual(entry["scope"], { nodes: 0, held: 0, subject: true });
      assert.equal(await oubli.find("eve"), null);
    });

    test("a correction that was refused has none", async () => {
      await using oubli = await open(engine);
      const { person, node } = await forgetOne(oubli);
      const before = await ledgerSize(oubli);
      await assert.rejects(person.correct(node, "x", { purpose: "support" }), {
        code: "NOT_FOUND",
      });
      assert.equal(await ledgerSize(oubli), before);
    });
  });
}

for (const engine of ENGINES) {
  describe(`${engine}: a certificate says "executed" first, and "final" only when no backup can open it`, () => {
    for (const act of ["forget", "correct", "erase"] as const) {
      test(`${act}: executed at once, final after the rotation, never before`, async () => {
        await using oubli = await open(engine);
        const { entry, stage, erasure, verifierKey } = await certificateOf(oubli, act);
        const again = () => oubli.certificate(String(entry["subject"]), erasure);
        assert.equal(stage, "executed");
        await oubli.sweep();
        assert.equal((await again()).stage, "executed");

        await oubli.rotate();

        const final = await again();
        assert.equal(final.stage, "final");
        assert.equal(final.entry.t, "erase.final");
        const evidence = final.entry["evidence"] as { epoch: number; method: string };
        assert.equal(evidence.epoch, final.entry["epoch"]);
        assert.ok(evidence.method.length > 0);
        assert.equal((await verifyCertificate(final.json, verifierKey)).valid, true);
      });
    }

    test("an erasure after the rotation waits for the next one", async () => {
      await using oubli = await open(engine);
      await oubli.rotate();
      const { entry, erasure } = await certificateOf(oubli, "forget");
      assert.equal((await oubli.certificate(String(entry["subject"]), erasure)).stage, "executed");
      assert.equal((await oubli.rotate()).final, 1);
      assert.equal((await oubli.certificate(String(entry["subject"]), erasure)).stage, "final");
    });

    test("a final certificate is final in fact: with a key database from before, nothing opens", async () => {
      await using place = await oubliOn(engine, CONFIG);
      const { person } = await forgetOne(place.oubli, { keep: true });
      const [before] = await place.rows("keys", "SELECT epoch FROM subject_key");
      const epoch = Number(before!["epoch"]);
      const { nodes } = await person.self().export();
      await person.forget(nodes[0]!.id);
      assert.equal((await place.oubli.rotate()).final, 2);

      const roots = readdirSync(join(place.folder, "root"));
      assert.ok(!roots.some((name) => name.includes(`epoch-${epoch}.`)), "its root key is no more");
      assert.ok(roots.some((name) => name.includes(`epoch-${epoch + 1}.`)));
    });
  });
}

for (const engine of ENGINES) {
  describe(`${engine}: a certificate is honest about its coverage`, () => {
    test("what a hold kept is counted as held, and not as destroyed", async () => {
      await using oubli = await open(engine);
      const person = await oubli.subject("ada");
      const { nodes } = await person
        .session({ purpose: "support" })
        .remember(["a", "b", "c"].map((content) => ({ role: "user", content })));
      const officer = (await oubli.as(OFFICER).find("ada"))!;
      await officer.hold({ case: "case-7", reason: "litigation", nodes: [nodes[1]!] });

      const forgotten = await person.forget([nodes[0]!, nodes[1]!]);
      assert.deepEqual(forgotten.entry["scope"], { nodes: 1, held: 1, subject: false });
      const erased = await person.erase();
      assert.deepEqual(erased.entry["scope"], { nodes: 1, held: 1, subject: true });
      assert.ok(!surfacesOf(erased).some(({ surface }) => surface === "directory"));
      const intent = await oubli.as(AUDITOR).audit.entry("ledger", Number(erased.entry["intent"]));
      assert.deepEqual(JSON.parse(Buffer.from(intent!).toString()).held, [nodes[1]]);
    });

    test("each surface is what was looked at: removed and found again, or named as not reachable", async () => {
      await using oubli = await open(engine);
      const person = await oubli.subject("ada");
      const chat = person.session({ purpose: "support", thread: "t" });
      const [one, two] = (
        await chat.remember(
          ["a", "b"].map((content) => ({ role: "user", content })),
          {
            idempotencyKey: "k",
          },
        )
      ).nodes;
      await chat.derive([one!, two!], () => "ab");
      await chat.link(one!, two!, "beside");

      const surfaces = surfacesOf(await person.erase());

      assert.deepEqual(
        surfaces
          .map(({ surface, result, removed, found }) => [surface, result, removed, found])
          .sort(),
        [
          ["backups", "deferred", 0, null],
          ["derivations", "removed", 4, 0],
          ["directory", "removed", 1, 0],
          ["embeddings", "removed", 0, 0],
          ["idempotency", "removed", 2, 0],
          ["key-log", engine === "sqlite" ? "removed" : "deferred", 0, null],
          ["keys", "removed", 5, 0],
          ["nodes", "removed", 4, 0],
          ["sessions", "removed", 1, 0],
          ["working-set", "invalidated", 0, null],
        ],
      );
    });

    const noTrigger = engine === "postgres" && ON_CLUSTER;
    test(
      "what the probe still finds stops the certificate; once it is gone, the erasure is finished",
      { skip: noTrigger },
      async () => {
        await using place = await oubliOn(engine, CONFIG);
        const { person } = await forgetOne(place.oubli, { keep: true });
        await place.sql("memory", STUBBORN[engine].make);
        const { nodes } = await person.self().export();
        await assert.rejects(person.forget(nodes[0]!.id), { code: "CONFLICT" });
        const chat = person.session({ purpose: "support" });
        assert.equal((await chat.recall("")).nodes.length, 0, "its key is gone: it is unreadable");

        await place.sql("memory", STUBBORN[engine].drop);
        place.advance(120_000);
        assert.equal((await place.oubli.sweep()).redone, 1);
        assert.deepEqual((await person.self().export()).nodes, []);
      },
    );

    test("its limitations are signed with it", async () => {
      await using oubli = await open(engine);
      const { certificate } = await forgetOne(oubli);
      assert.deepEqual(certificate.entry["limitations"], [
        "medium-may-keep-old-blocks",
        "process-memory-not-zeroed",
      ]);
    });
  });
}

test("the key database's log is `deferred`, and not `removed`, while a reader holds it open", async () => {
  await using place = await oubliOn("sqlite", CONFIG);
  const { person, certificate } = await forgetOne(place.oubli, { keep: true });
  const keyLog = (one: Certificate) =>
    surfacesOf(one).find(({ surface }) => surface === "key-log")!.result;
  assert.equal(keyLog(certificate), "removed");

  using reader = new DatabaseSync(join(place.folder, "data", "keys.db"), { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM node_key").get();
  const { nodes } = await person.self().export();
  assert.equal(keyLog(await person.forget(nodes[0]!.id)), "deferred");
});

const surfacesOf = ({ entry }: Certificate): readonly Surface[] =>
  entry["surfaces"] as readonly Surface[];

async function ledgerSize(oubli: Oubli): Promise<number> {
  const { audit } = oubli.as(AUDITOR);
  for (let index = 0; ; index += 1) if (!(await audit.entry("ledger", index))) return index;
}
