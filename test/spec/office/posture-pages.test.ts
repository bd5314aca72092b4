import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import axe from "axe-core";
import type { Browser, Page } from "playwright-core";

import { noticeHtml, recordHtml } from "#accountability";
import { postureHtml } from "#posture";

import { openClinic } from "../../proofs/support/posture-world.ts";
import { browserPath, NO_BROWSER, openBrowser } from "../../support/browser.ts";

const WIDTHS = [360, 1200] as const;
const HOSTILE = `<img src=x onerror="document.title='run'">`;

/** The pages of a clinic that has something broken, and a name that is markup. */
async function pages(): Promise<ReadonlyMap<string, string>> {
  await using clinic = await openClinic("sqlite");
  await clinic.reopen({ controller: { name: HOSTILE, contact: { email: "a@clinic.example" } } });
  await clinic.spoil("memory", "UPDATE node SET phi = 0");
  const { accountability } = clinic.oubli.as({ kind: "staff", id: "o", roles: ["auditor"] });
  return new Map([
    ["posture", postureHtml(await clinic.check())],
    ["record", recordHtml(await accountability.record())],
    ["notice", noticeHtml(accountability.notice(), "0".repeat(64))],
  ]);
}

const path = browserPath();

describe("the office's pages in a browser", { skip: path === null && NO_BROWSER }, () => {
  let browser: Browser;
  let made: ReadonlyMap<string, string>;
  before(async () => {
    [browser, made] = await Promise.all([openBrowser(path!), pages()]);
  });
  after(() => browser.close());

  for (const name of ["posture", "record", "notice"]) {
    test(`the page of the ${name} is readable at any width, by anybody, and runs nothing`, async () => {
      for (const width of WIDTHS) {
        const viewport = { width, height: 1400 };
        const context = await browser.newContext({ viewport, bypassCSP: true });
        const page = await context.newPage();
        await page.setContent(made.get(name)!);
        const folder = process.env["OUBLI_SCREENSHOTS"];
        if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png` });
        assert.notEqual(await page.title(), "run");
        const wide = await page.evaluate("document.documentElement.scrollWidth");
        assert.ok(Number(wide) <= width, `${wide} wide at ${width}`);
        assert.deepEqual(await judged(page), []);
        await context.close();
      }
    });
  }
});

/** The rest of a table is as its beginning: the judge would take many seconds for it. */
const SHORTEN = `for (const row of document.querySelectorAll("tbody tr:nth-child(n + 5)")) row.remove();`;

/** What the judge finds against a page that is serious or worse. */
async function judged(page: Page): Promise<readonly string[]> {
  await page.evaluate(SHORTEN);
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 120)}`);
}
