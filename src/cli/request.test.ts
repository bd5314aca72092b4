import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openOubli } from "#engine";

import { GERMAN } from "../../test/spec/rights/german.ts";
import { openWithAda, type CliWorld } from "./cli-world.test.ts";
import { EXIT } from "./command.ts";

async function openOffice(): Promise<CliWorld> {
  const cli = await openWithAda();
  const config = {
    controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
    regions: { default: { jurisdictions: ["*"], store: `sqlite:${cli.path("oubli-data")}` } },
  };
  await writeFile(cli.path("oubli.config.mjs"), `export default ${JSON.stringify(config)};\n`);
  return cli;
}

async function receive(cli: CliWorld, ...more: readonly string[]) {
  const ran = await cli.oubli("request", "new", "ada", ...more, "--execute", "--json");
  return ran.json<{ request: string; code: string | null }>();
}

describe("requests on the command line", () => {
  test("one is shown with its dates, and taken in when told to execute", async () => {
    await using cli = await openOffice();
    const planned = await cli.oubli("request", "new", "ada", "--right", "erasure");
    assert.match(planned.out, /^The answer would be due by \d{4}-\d\d-\d\d\.\n {2}gdpr: /);
    assert.match((await cli.oubli("request", "list")).out, /^No request\.$/);

    const { request } = await receive(cli, "--right", "erasure", "--known");
    assert.match(
      (await cli.oubli("request", "list")).out,
      new RegExp(`^${request} +erasure +acknowledged +`),
    );
  });

  test("it is answered when told to execute, and the letter is printed", async () => {
    await using cli = await openOffice();
    const { request } = await receive(cli, "--right", "erasure", "--known");
    const planned = await cli.oubli("request", "advance", request);
    assert.match(planned.out, /Nothing was done\. Run again with --execute\.$/);
    assert.equal((await cli.oubli("list", "ada")).exit, EXIT.done);

    const done = await cli.oubli("request", "advance", request, "--execute");
    assert.equal(done.exit, EXIT.done);
    assert.match(done.out, /^state +completed$/m);
    assert.match(done.out, /We erased 3 memories of you/);
    assert.match((await cli.oubli("list", "ada")).err, /^NOT_FOUND/);
    const sent = await cli.oubli("request", "advance", request, "--sent", "--execute");
    assert.match(
      sent.out,
      /^Destroyed with its key: the name, what they wrote, and the letters\./m,
    );
    assert.doesNotMatch(sent.out, /We erased/);
  });

  test("an erasure's next step is planned as `erase` plans it: what it would stop at is named", async () => {
    await using cli = await openOffice();
    const shop = `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
      export const sources = [defineSource({ name: "shop", identifiers: ["email"],
        erase: async () => ({ status: "done", recordsDeleted: 1, collections: [] }) })];\n`;
    await appendFile(cli.path("oubli.config.mjs"), shop);
    const { request } = await receive(cli, "--right", "erasure", "--known");
    const step = ["request", "advance", request];
    const planned = await cli.oubli(...step);
    assert.match(planned.out, /Would erase 3 memories[^]*shop needs --identifier email=…/);
    const named = await cli.oubli(...step, "--identifier", "email=");
    assert.match(named.out, /Then in shop\.\nNothing was done/);
    const refused = await cli.oubli("erase", "ada", "--execute");
    assert.match(refused.err, /^ERASURE_BLOCKED: .*--identifier email=…$/);
    const done = await cli.oubli(...step, "--identifier", "email=", "--execute", "--json");
    const { named: kinds } = done.json<{ named: string[] }>();
    assert.deepEqual([done.exit, kinds], [EXIT.done, ["email"]]);
  });

  test("what ends a waiting is said as it is typed, and what a system calls people is listed", async () => {
    await using cli = await openOffice();
    const shop = `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
      export const sources = [defineSource({ name: "shop", identifiers: ["email"],
        erase: async () => ({ status: "done", recordsDeleted: 1, collections: [] }) })];\n`;
    await appendFile(cli.path("oubli.config.mjs"), shop);
    assert.match((await cli.oubli("sources", "list")).out, /^shop .* needs email$/m);
    const { request } = await receive(cli, "--right", "erasure", "--known");
    const waits = await cli.oubli("request", "advance", request, "--execute");
    assert.match(waits.out, /^waits for +shop, identifier-missing\nto do +--identifier /m);
    const copy = await receive(cli, "--right", "access", "--known");
    const asked = await cli.oubli("request", "advance", copy.request, "--execute");
    assert.match(asked.out, /^waits for +package\nto do +--package <file>, or --link$/m);
    const step = ["request", "advance", copy.request, "--extend", "complexity", "--execute"];
    const { out } = await cli.oubli(...step);
    const [, answerBy] = /^answer by +(\S+)$/m.exec(out)!;
    assert.match(out, new RegExp(`^  gdpr +${answerBy}$`, "m"));
  });

  test("the code of somebody who is not known yet opens the way", async () => {
    await using cli = await openOffice();
    const { request, code } = await receive(cli, "--right", "access");
    const step = ["request", "advance", request, "--execute"];
    assert.match((await cli.oubli(...step, "--code", "AAAAA-AAAAA")).err, /^IDENTITY_REFUSED.*4/);
    assert.match((await cli.oubli(...step, "--code", code!)).out, /^identity +code$/m);
    assert.equal((await cli.oubli(...step)).exit, EXIT.waiting);
    await writeFile(cli.path("taken.zip"), "mine");
    const taken = await cli.oubli(...step, "--package", "taken.zip");
    assert.match(taken.err, /^FILE: --package names a file that is there already/);
    const answered = await cli.oubli(...step, "--package", "ada.zip");
    assert.match(answered.out, /^state +completed$/m);
  });

  test("an access request is answered with a link that opens its package once", async () => {
    await using cli = await openOffice();
    const folder = JSON.stringify(cli.path("packages"));
    await appendFile(cli.path("oubli.config.mjs"), `export const packages = ${folder};\n`);
    const { request } = await receive(cli, "--right", "access", "--known");
    const step = ["request", "advance", request];
    assert.equal((await cli.oubli(...step, "--expires", "2031-01-01")).exit, EXIT.usage);
    assert.match((await cli.oubli(...step, "--link")).out, /next step: link\.$/m);
    await cli.oubli(...step, "--execute");
    const answered = await cli.oubli(...step, "--link", "--execute", "--json");
    assert.equal(answered.exit, EXIT.done, answered.err);
    const { state, link } = answered.json<{ state: string; link: string }>();
    assert.equal(state, "completed");
    await using oubli = await openOubli(
      { regions: { default: { jurisdictions: ["*"], store: `sqlite:${cli.path("oubli-data")}` } } },
      { packages: cli.path("packages"), sweep: "manual" },
    );
    assert.match((await oubli.openPackage(link)).fileName, /\.zip$/);
  });

  test("a denial needs a reason that the right knows; two steps at once are none", async () => {
    await using cli = await openOffice();
    const { request } = await receive(cli, "--right", "access", "--known");
    const step = ["request", "advance", request, "--execute"];
    const refused = await cli.oubli(...step, "--deny", "legal-claims");
    assert.match(refused.err, /^INPUT_INVALID: --deny was.*psychotherapy-notes/);
    for (const flag of ["--extend", "--deny"]) {
      const dry = await cli.oubli(...step.filter((word) => word !== "--execute"), flag, "because");
      assert.match(dry.err, new RegExp(`^USAGE: ${flag} takes [a-z-]+, `));
    }
    const late = await cli.oubli(...step, "--extend", "because");
    assert.match(late.err, /^INPUT_INVALID: --extend was.*complexity/);
    const odd = await cli.oubli(...step, "--identifier", "E-mail address=ada");
    assert.match(odd.err, /^INPUT_INVALID: --identifier was/);
    assert.equal((await cli.oubli(...step, "--sent", "--withdraw")).exit, EXIT.usage);
    const denied = await cli.oubli(...step, "--deny", "excessive");
    assert.match(denied.out, /We do not do it, because the request repeats earlier ones/);
    assert.match((await cli.oubli("request", "show", request)).out, /^reason +excessive$/m);
  });

  test("a dry run refuses what execution would", async () => {
    await using cli = await openOffice();
    for (const wrong of [
      ["--received", "2231-01-01"],
      ["--manner", "ada lovelace"],
      ["--right", "objection", "--purpose", "nobody-declared-this"],
    ]) {
      const ran = await cli.oubli("request", "new", "ada", "--right", "access", ...wrong);
      assert.notEqual(ran.exit, EXIT.done, wrong.join(" "));
      assert.match(ran.err, /^(INPUT_INVALID|PURPOSE_UNKNOWN)/);
    }
  });

  test("a dry step says what it would be", async () => {
    await using cli = await openOffice();
    const { request } = await receive(cli, "--right", "erasure", "--known");
    const step = ["request", "advance", request];
    assert.match(
      (await cli.oubli(...step)).out,
      /^It would be checked, carried out and answered\.$/m,
    );
    await cli.oubli(...step, "--execute");
    assert.match((await cli.oubli(...step)).out, /^It is over\. It would be refused/m);
  });

  test("letters are in the language that was asked for, of those that the configuration file has", async () => {
    await using cli = await openOffice();
    await appendFile(
      cli.path("oubli.config.mjs"),
      `export const letters = ${JSON.stringify({ de: GERMAN })};\n`,
    );
    const asked = ["request", "new", "ada", "--right", "access", "--known", "--language"];
    assert.match((await cli.oubli(...asked, "fr")).err, /^INPUT_INVALID.*accepted: en \| de/);
    const german = await cli.oubli(...asked, "de", "--execute");
    assert.match(german.out, /^Wir haben Ihre Anfrage erhalten$/m);
  });

  test("who was told, or cannot be, is said of an answer that waits for nothing else", async () => {
    await using cli = await openOffice();
    const crm = `{ name: "crm", async *export() {} }`;
    await appendFile(
      cli.path("oubli.config.mjs"),
      `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
       export const sources = [defineSource(${crm})];\n`,
    );
    const { request } = await receive(cli, "--right", "restriction", "--known");
    const step = ["request", "advance", request];
    const answered = await cli.oubli(...step, "--execute");
    assert.equal(answered.exit, EXIT.waiting);
    assert.match(answered.out, /^crm +still to be told$/m);
    assert.match((await cli.oubli(...step)).out, /Still to be told: crm \(--told, --not-told\)/);
    const unknown = await cli.oubli(...step, "--execute", "--not-told", "crm=lazy");
    assert.match(unknown.err, /^INPUT_INVALID: --not-told was.*impossible/);
    const nobody = await cli.oubli(...step, "--execute", "--not-told", "nobody=impossible");
    assert.match(nobody.err, /^INPUT_INVALID: --not-told was.*accepted: crm/);
    const spared = await cli.oubli(...step, "--execute", "--not-told", "crm=impossible");
    assert.match(spared.out, /^crm +impossible$/m);
    const told = await cli.oubli(...step, "--execute", "--told", "crm");
    assert.equal(told.exit, EXIT.done);
    assert.match(told.out, /^state +completed$/m);
  });

  test("somebody who is not known here is seen to wait for the officer", async () => {
    await using cli = await openOffice();
    const ran = await cli.oubli("request", "new", "nobody", "--right", "access", "--execute");
    assert.equal(ran.exit, EXIT.waiting);
    assert.match((await cli.oubli("request", "list")).out, /no-match$/m);
  });

  test("what other systems call a person is given when it is received, or later", async () => {
    await using cli = await openOffice();
    const email = ["--identifier", "email=ada@example.org"];
    const { request } = await receive(cli, "--right", "erasure", "--known", ...email);
    assert.equal(
      (await cli.oubli("request", "advance", request, "--identifier", "x")).exit,
      EXIT.usage,
    );
    const done = await cli.oubli("request", "advance", request, ...email, "--execute");
    assert.equal(done.exit, EXIT.done);
    assert.doesNotMatch(done.out, /example\.org/);
  });
});
