/** A real browser for tests of pages: the one that is installed, without a network. */
import { existsSync } from "node:fs";

import { chromium, type Browser } from "playwright-core";

/** Names the browser's program where it is not in a usual place. */
export const BROWSER_VARIABLE = "OUBLI_TEST_BROWSER";

const USUAL = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser's program; `null` where there is none: its tests are passed over, and say so. */
export function browserPath(): string | null {
  const named = process.env[BROWSER_VARIABLE];
  return (
    [...(named === undefined ? [] : [named]), ...USUAL].find((path) => existsSync(path)) ?? null
  );
}

const START_MS_MAX = 180_000;

export const NO_BROWSER = `install chromium, or name a browser in ${BROWSER_VARIABLE}`;

export function openBrowser(executablePath: string): Promise<Browser> {
  // In containers the memory that it would share is small: it ends in the middle of a page.
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"];
  return chromium.launch({ executablePath, args, timeout: START_MS_MAX });
}
