import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import type { Browser, Page } from "playwright-core";

import { gdpr, ccpa } from "#policy";
import { defineSource } from "#sources";

import { browserPath, NO_BROWSER, openBrowser } from "../../support/browser.ts";
import { sink, unzip } from "../../support/unzip.ts";
import { NOTICE, openPeople } from "../world.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARABIC = "أفضل أن تكتبوا لي بالعربية، شكرا.";
const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script><base href="//evil.example/">`;
const WIDTHS = [360, 1200] as const;

/** A package of many memories, one of them hostile, with a system that failed; unpacked. */
async function unpacked(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-pages-"));
  const sources = [
    defineSource({
      name: "orders",
      async *export() {
        yield {
          collection: HOSTILE,
          id: HOSTILE,
          category: "account",
          data: { [HOSTILE]: HOSTILE },
        };
        throw new Error("down");
      },
    }),
  ];
  const config = { packs: [gdpr(), ccpa()], controller: CONTROLLER };
  await using world = await openPeople(config, { sources });
  const chat = world.ada.session({ purpose: "support" });
  const said = { role: "user", category: "preference" } as const;
  await chat.remember([
    { ...said, content: ARABIC },
    { ...said, content: HOSTILE, metadata: { channel: HOSTILE } },
    { ...said, content: "x".repeat(400) },
    { ...said, content: "what Bob said", speaker: "Bob" },
    { ...said, content: "my SSN is 123-45-6789\nsecond line" },
  ]);
  for (let count = 0; count < 600; count += 100) {
    const more = Array.from({ length: 100 }, (_, at) => `memory ${count + at}`);
    await chat.remember(more.map((content) => ({ ...said, content })));
  }
  await world.ada.consent.grant({ purpose: "newsletter", ...NOTICE, explicit: true });
  await world.ada.restrict({ ground: "accuracy-contested" });
  const { stream, bytes } = sink();
  await world.ada.self().package(stream);
  for (const [name, content] of await unzip(bytes())) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const CONTROLLER = {
  name: "Larkspur Health",
  contact: { email: "privacy@larkspur.example", address: "1 High Street, Dublin" },
};

const path = browserPath();

/** The rest of a list is as its beginning: the judge would take a minute for it. */
const SHORTEN = `for (const each of document.querySelectorAll(
  "article:nth-of-type(n + 8), tbody tr:nth-child(n + 8)")) each.remove();`;

/** What the judge finds against a page, with how bad it is. */
async function judged(page: Page): Promise<readonly string[]> {
  await page.evaluate(SHORTEN);
  await page.evaluate(AXE);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, impact }) => `${impact} ${id}`))",
  );
}

describe(
  "the pages of a package, in a browser",
  { skip: path === null ? NO_BROWSER : false },
  () => {
    let browser: Browser;
    let folder: string;
    before(async () => {
      [browser, folder] = await Promise.all([openBrowser(path!), unpacked()]);
    });
    after(async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const PAGES = [
      "index.html",
      "report/memories-0001.html",
      "report/memories-0002.html",
      "report/accesses-0001.html",
      "report/consents-0001.html",
      "report/restrictions-0001.html",
      "report/source-orders-0001.html",
    ];

    /** A page as it is opened from the folder, and everything that it did. */
    async function opened(name: string, width = 1200) {
      const page: Page = await browser.newPage({ viewport: { width, height: 800 } });
      const did: string[] = [];
      page.on("console", (message) => did.push(message.text()));
      page.on("dialog", (dialog) => did.push(dialog.message()));
      page.on("request", (request) => {
        if (!request.url().startsWith("file:")) did.push(request.url());
      });
      await page.goto(pathToFileURL(join(folder, name)).href);
      return { page, did };
    }

    test("run nothing, load nothing and ask nobody, whatever they hold", async () => {
      for (const name of PAGES) {
        const { page, did } = await opened(name);
        assert.equal(await page.locator("script, img, base, iframe, link").count(), 0, name);
        assert.equal(await page.evaluate("document.styleSheets.length"), 1, "and have their look");
        assert.deepEqual(did, [], name);
        await page.close();
      }
    });

    test("show every text as it was said, in its own direction", async () => {
      const { page } = await opened("report/memories-0001.html");
      const said = page.locator(".said");
      assert.equal(await said.nth(0).textContent(), ARABIC);
      assert.equal(await said.nth(1).textContent(), HOSTILE);
      const direction = await page.evaluate(
        "getComputedStyle(document.querySelector('.said')).direction",
      );
      assert.equal(direction, "rtl");
      assert.equal(await page.locator("article").count(), 500);
      assert.equal(await page.locator(".held").count(), 2);
      await page.close();
    });

    test("lead from the first to the last, and back", async () => {
      const { page } = await opened("index.html");
      await page.getByRole("link", { name: "What is remembered about you" }).click();
      await page.getByRole("link", { name: "Next page" }).first().click();
      assert.equal(await page.locator("article").count(), 105);
      assert.equal(await page.getByRole("link", { name: "Next page" }).count(), 0);
      await page.getByRole("link", { name: "Contents" }).first().click();
      assert.equal(await page.locator("h1").textContent(), "Your personal data");
      assert.ok(await page.getByText("Not complete.").isVisible());
      await page.close();
    });

    for (const width of WIDTHS) {
      test(`shut nobody out and need no sideways scrolling, ${width} pixels wide`, async () => {
        for (const name of PAGES) {
          const { page } = await opened(name, width);
          const wide = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          assert.equal(wide, 0, name);
          // The small window shows the same elements: two pages stand for all.
          const judge = width > 1000 || !name.includes("0001");
          const bad = (judge ? await judged(page) : []).filter((each) =>
            /^(serious|critical)/.test(each),
          );
          assert.deepEqual(bad, [], name);
          await page.close();
        }
      });
    }

    test("can be read in the dark, and on paper", async () => {
      const { page } = await opened("report/memories-0002.html");
      await page.emulateMedia({ colorScheme: "dark" });
      assert.ok(!(await judged(page)).includes("serious color-contrast"));
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator("nav").first().isVisible(), false);
      await page.close();
    });
  },
);
