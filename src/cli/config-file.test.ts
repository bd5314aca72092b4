import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { openCli } from "./cli-world.test.ts";

describe("a configuration file that does not load", () => {
  for (const [what, file, text, told] of [
    [
      "throws",
      "a.mjs",
      'const a = 1;\nthrow new Error("hunter2\\n  at a.mjs:9:9");',
      /Error, line 2, column 7$/,
    ],
    [
      "is no program",
      "b.mjs",
      "export const config = {\n  hunter2: 1,,\n};",
      /SyntaxError, line 2, column 14$/,
    ],
    [
      "is no TypeScript",
      "c.ts",
      "const a: number = 1;\nexport const hunter2 = {,};",
      /SyntaxError \(ERR_INVALID_TYPESCRIPT_SYNTAX\), line 2, column 25$/,
    ],
    [
      "imports what is not there",
      "d.mjs",
      'import "./hunter2.mjs";',
      /Error \(ERR_MODULE_NOT_FOUND\); what it imports is not there, or not installed$/,
    ],
  ] as const) {
    test(`since it ${what} is told by the place and the kind, without its text`, async () => {
      await using cli = await openCli();
      await writeFile(cli.path(file), text);
      const { err, exit } = await cli.oubli("init", "--config", file);
      assert.equal(exit, 1);
      assert.match(err, /^FILE: the configuration file cannot be loaded: /);
      assert.match(err, told);
      assert.ok(!err.includes("hunter2"));
    });
  }

  for (const [what, text] of [
    ["configuration", "export const config = { purposes: { support: { basis: 7 } } };"],
    [
      "source",
      `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
       export const config = { regions: { default: { jurisdictions: ["*"], store: "sqlite:STORE" } } };
       export const sources = [
         defineSource({
           name: "crm",
           erase: async () => ({ status: "done" }),
           check: async () => [{ level: "error", code: "table-missing", at: "users" }],
         }),
       ];`,
    ],
    [
      "rule of a source",
      `import { defineSource } from ${JSON.stringify(import.meta.resolve("#sources"))};
       const nothing = async () => 0;
       export const config = { regions: { default: { jurisdictions: ["*"], store: "sqlite:STORE" } } };
       export const sources = [
         defineSource({ name: "crm", retention: [{ rule: "carts", count: nothing, sweep: nothing }] }),
       ];`,
    ],
  ] as const) {
    test(`whose ${what} is refused leaves nothing behind an init`, async () => {
      await using cli = await openCli();
      await writeFile(cli.path("oubli.config.mjs"), text.replace("STORE", cli.path("oubli-data")));
      const { err } = await cli.oubli("init");
      assert.match(err, /^CONFIG_INVALID: /);
      assert.deepEqual(
        ["oubli-data", "oubli-root"].filter((folder) => existsSync(cli.path(folder))),
        [],
      );
    });
  }
});
