import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { openOubli } from "oubli";
import pg from "pg";

import { postgres } from "#store";

import { DISTRIBUTION } from "../../src/store/postgres/distribution.ts";
import { newGround } from "./support/ground.ts";
import { REGION } from "./support/region.ts";
import { functionsIn, loadParser, routingOf, type SqlFunction } from "./support/routing.ts";

const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer", "app"] } as const;

const STANDINGS = { ...DISTRIBUTION.memory, ...DISTRIBUTION.keys };

/** A statement as it went to the server, and whose rows its session was for. */
interface Sent {
  readonly scope: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * What one person's call sends that is for more than that person's shard, by how it begins. Every
 * other statement names one person, and it is the caller's.
 */
const TWO_PLACES: Readonly<Record<string, string>> = {
  forget_directory_row:
    "the person's row and the look-up of the name stand apart: an erasure's end",
};

/** Statements that are for everybody, by how they begin, with the reason. */
const FOR_EVERYBODY: Readonly<Record<string, string>> = {
  "SELECT (SELECT epoch FROM epoch_key WHERE state = 'active') AS epoch, (SELECT subject_id FROM lookup":
    "who a name is, before it is known whose it is: as many look-ups as epochs are live",
  "SELECT register_subject(": "a new person: the look-up of the name, then the person's own shard",
  "SELECT subject_id AS subject FROM subject_key WHERE subject_id >":
    "a sweep goes through all persons, by pages",
  "SELECT subject_id AS subject, node_id AS node FROM node WHERE expires_at <=":
    "a sweep finds what expired, whoever it is of",
  "SELECT DISTINCT subject_id AS subject FROM ( SELECT subject_id FROM idempotency WHERE until <=":
    "a sweep finds answers whose time is over",
  "SELECT (SELECT count(*) FROM directory WHERE epoch = $1) + (SELECT count(*) FROM subject_key":
    "a rotation proves that nothing is left under an epoch",
  "SELECT tenant, lookup, epoch, subject_id AS subject, sealed FROM directory WHERE epoch =":
    "a rotation, by pages",
  "SELECT move_directory_rows(": "a rotation moves a page of names, each with its look-up",
  "SELECT subject_id AS subject, tenant, version, epoch, wrapped, dirty FROM subject_key WHERE epoch":
    "a rotation, by pages",
  "SELECT subject_id AS subject, tenant, epoch, wrapped FROM evidence_key WHERE epoch =":
    "a rotation, by pages",
  "SELECT case_id AS id FROM case_key WHERE created_at <":
    "a sweep looks for keys whose case never came to be",
  'SELECT case_id AS id, tenant, epoch, created_at AS "createdAt", wrapped FROM case_key WHERE epoch =':
    "a rotation, by pages",
  "UPDATE evidence_key SET epoch =": "a rotation moves a page, one person a statement",
};

const sent: Sent[] = [];
let functions: ReadonlyMap<string, SqlFunction>;

/** Records what the driver is given, connection by connection. */
function record(): () => void {
  // oxlint-disable-next-line typescript/no-explicit-any -- the driver's own, without types.
  const wire = (pg as any).Connection.prototype;
  const { parse, bind } = wire;
  const texts = new WeakMap<object, Map<string, string>>();
  const scopes = new WeakMap<object, string>();
  wire.parse = function (statement: { name: string; text: string }, ...rest: unknown[]) {
    const known = texts.get(this) ?? new Map<string, string>();
    texts.set(this, known.set(statement.name, statement.text));
    return parse.call(this, statement, ...rest);
  };
  wire.bind = function (to: { statement: string; values: unknown[] }, ...rest: unknown[]) {
    const text = texts.get(this)?.get(to.statement);
    const own = text && /^SET LOCAL oubli.subject TO '(.*)'$/.exec(text)?.[1];
    if (own) scopes.set(this, own);
    else if (text?.includes("set_config('oubli.subject'")) scopes.set(this, String(to.values[2]));
    else if (text) sent.push({ scope: scopes.get(this)!, text, values: to.values });
    return bind.call(this, to, ...rest);
  };
  return () => Object.assign(wire, { parse, bind });
}

async function journey(): Promise<void> {
  await using ground = await newGround("postgres");
  const region = { jurisdictions: ["*"], store: ground.store!, root: `${ground.folder}/root` };
  const config = { regions: { [REGION]: region } };
  await using oubli = await openOubli(config, { sweep: "manual", actor: OFFICER });
  const consent = { policyVersion: "v1", mechanism: "signup" };
  const ada = await oubli.subject("ada", { consent });
  const chat = ada.session({ purpose: "assistant", thread: "t1" });
  const source = { system: "crm", event: "e1" };
  const { nodes } = await chat.remember("The tram stops at the bridge.", { source });
  await chat.remember("The tram is late.", { idempotencyKey: "k1" });
  const more = await chat.remember(
    ["One.", "Two.", "Three."].map((content) => ({ role: "user", content })),
  );
  await chat.recall("tram", { limit: 3 });
  await ada.self().list();
  await ada.self().get(nodes[0]!);
  await ada.self().correct(nodes[0]!, "The tram stops at the station.");
  await ada.forget(more.nodes[0]!);
  const hold = await ada.hold({ case: "case-1", reason: "litigation" });
  await ada.release(hold.id);
  await ada.self().export();
  await ada.self().accesses();
  await oubli.sweep();
  await oubli.rotate();
  await chat.recall("tram");
  await ada.consent.withdraw({ purpose: "assistant", ...consent });
  const ben = await oubli.subject("ben", { consent });
  await ben.session({ purpose: "assistant" }).remember("A word.");
  await ben.erase();
  await oubli.sweep();
}

/** Why a statement of one person's call is not for that person's shard; `null`: it is. */
function faultOf({ scope, text, values }: Sent): string | null {
  const { tables, keys, loose, calls } = routingOf(text, STANDINGS);
  if (loose.length > 0) return `not constrained: ${loose.join(", ")}`;
  const groups = new Set([...tables].map(groupOf));
  if (groups.size > 1) return `of several groups: ${[...groups].join(", ")}`;
  for (const key of keys) {
    if (values[Number(key.slice(1)) - 1] !== scope) return `${key} is not the call's person`;
  }
  for (const { name, args } of calls) {
    const made = functions.get(name);
    if (!made) continue;
    const fault = faultIn(made);
    if (fault !== null) return `${name}: ${fault}`;
    const at = made.parameters.indexOf("of_subject");
    if (values[Number(args[at]?.slice(1)) - 1] !== scope) return `${name}: of another person`;
  }
  return null;
}

/** The same, of every statement in a function. */
function faultIn({ parameters, statements }: SqlFunction): string | null {
  for (const statement of statements) {
    const { tables, keys, loose, calls } = routingOf(statement, STANDINGS, new Set(parameters));
    if (loose.length > 0) return `not constrained: ${loose.join(", ")}`;
    if (new Set([...tables].map(groupOf)).size > 1) return "of several groups";
    if ([...keys].some((key) => key !== "of_subject")) return `by ${[...keys].join(", ")}`;
    for (const { name, args } of calls) {
      const inner = functions.get(name);
      if (!inner) continue;
      if (args[inner.parameters.indexOf("of_subject")] !== "of_subject")
        return `${name}: of another`;
      const fault = faultIn(inner);
      if (fault !== null) return `${name}: ${fault}`;
    }
  }
  return null;
}

function groupOf(table: string): string {
  const standing = STANDINGS[table]!;
  assert.ok(standing !== "copied");
  return standing.beside ?? table;
}

/** Whether it may read or write a spread table, itself or in a function. */
function isSpread({ text }: Pick<Sent, "text">): boolean {
  const { tables, calls } = routingOf(text, STANDINGS);
  const inside = calls.flatMap(({ name }) => functions.get(name)?.statements ?? []);
  return tables.size > 0 || inside.some((statement) => isSpread({ text: statement }));
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

before(async () => {
  await loadParser();
  const sql = postgres.SCHEMAS.flatMap(({ migrations }) => migrations.map((step) => step.sql));
  functions = functionsIn(sql.join(";\n"));
  const stop = record();
  await journey().finally(stop);
});

describe("a person's call goes to that person's shard", () => {
  test("every statement names one person, and it is the caller's", () => {
    const personal = sent.filter((one) => one.scope !== "*" && isSpread(one));
    assert.ok(new Set(personal.map(({ text }) => text)).size > 25);
    const faults = new Map<string, string>();
    for (const one of personal) {
      const known = Object.keys(TWO_PLACES).some((name) => one.text.includes(`${name}(`));
      const fault = faultOf(one);
      if (fault !== null && !known) faults.set(oneLine(one.text), fault);
    }
    assert.deepEqual([...faults], []);
  });

  test("no exception is kept that nothing needs any more", () => {
    for (const name of Object.keys(TWO_PLACES)) {
      const there = sent.filter(({ scope, text }) => scope !== "*" && text.includes(`${name}(`));
      assert.ok(there.length > 0 && there.every((one) => faultOf(one) !== null), name);
    }
  });

  test("what is for everybody is listed, each with its reason", () => {
    const all = sent.filter((one) => one.scope === "*" && isSpread(one));
    const found = new Set(all.map(({ text }) => oneLine(text)));
    const listed = Object.keys(FOR_EVERYBODY);
    const strange = [...found].filter((text) => !listed.some((known) => text.startsWith(known)));
    assert.deepEqual(strange, []);
    const unused = listed.filter((known) => ![...found].some((text) => text.startsWith(known)));
    assert.deepEqual(unused, []);
  });
});

describe("the check bites", () => {
  const ada = "sub_ada";
  for (const [what, text, values] of [
    ["a statement without the person", "SELECT 1 FROM node WHERE node_id = $1", ["x"]],
    ["another's person", "SELECT 1 FROM node WHERE subject_id = $1", ["sub_ben"]],
    ["a list of persons", "SELECT 1 FROM node WHERE subject_id = ANY($1)", [ada]],
    ["a person or something else", "SELECT 1 FROM node WHERE subject_id = $1 OR $2", [ada, true]],
    [
      "one table of two without",
      "SELECT 1 FROM node JOIN derivation ON source_id = node_id WHERE node.subject_id = $1",
      [ada],
    ],
    [
      "a sub-query without",
      "DELETE FROM node WHERE subject_id = $1 AND node_id IN (SELECT node_id FROM idempotency)",
      [ada],
    ],
    [
      "a query beside it without",
      "WITH old AS (SELECT 1 FROM session) SELECT 1 FROM node WHERE subject_id = $1",
      [ada],
    ],
    [
      "tables that stand apart",
      "SELECT 1 FROM node JOIN subject_key USING (subject_id) WHERE node.subject_id = $1 AND subject_key.subject_id = $1",
      [ada],
    ],
    ["rows of nobody", "INSERT INTO node (node_id, subject_id) SELECT $2, $3 FROM node", [ada]],
    ["a function for another", "SELECT shred_subject($1, 1, 1, '{}')", ["sub_ben"]],
    ["a function of two places", "SELECT forget_directory_row($1)", [ada]],
  ] as const) {
    test(`${what} is found`, () => {
      assert.notEqual(faultOf({ scope: ada, text, values }), null);
    });
  }

  test("one that is not listed is found, among what is for everybody", () => {
    const text = "SELECT count(*) FROM node";
    assert.ok(isSpread({ text }));
    assert.ok(!Object.keys(FOR_EVERYBODY).some((known) => text.startsWith(known)));
  });
});
