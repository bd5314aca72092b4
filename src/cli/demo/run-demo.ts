import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { isOnFiles } from "#engine";
import { defineConfig, type Region } from "#policy";

import { CliError } from "../cli-error.ts";
import { EXIT, type Answer, type Cli } from "../command.ts";
import { migrateRegion } from "../migrate-region.ts";
import { openTarget, type Opened } from "../open.ts";
import { count } from "../table.ts";
import { askAllowed, askForbidden } from "./ask.ts";
import { backUp, openBackup } from "./backup.ts";
import { remember, scan } from "./begin.ts";
import { correct, erase, forget, withdraw } from "./lose.ts";
import { checkAudit, rotate, verifyOffline } from "./prove.ts";
import { createReport, type Report } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import type { DemoWorld, Places } from "./world.ts";

/** Runs the demo in a fresh folder, and takes it away again unless it was named. */
export async function runDemo(cli: Cli, scenario: Scenario): Promise<Answer> {
  const { dir } = cli.settings;
  const folder =
    dir === null ? await mkdtemp(join(tmpdir(), "oubli-demo-")) : resolve(cli.folder, dir);
  await refuseUsed(folder);
  const server = serverIn(cli);
  if (server !== null) await prepareServer(cli, server);
  const report = createReport(cli);
  const startedAt = performance.now();
  try {
    await runSteps(cli, scenario, placesIn(folder), { report, server });
  } finally {
    if (dir === null) await rm(folder, { recursive: true, force: true });
  }
  return answerOf(report, Math.round(performance.now() - startedAt), dir !== null);
}

/** The demo erases what it finds: it never works where anything is. */
async function refuseUsed(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  if (files.length > 0) throw new CliError("FILE", "--dir names a folder that is not empty");
}

export function placesIn(folder: string): Places {
  return {
    data: join(folder, "oubli-data"),
    root: join(folder, "oubli-root"),
    backup: join(folder, "backup"),
    exported: join(folder, "exported"),
  };
}

type Server = Region["store"];

/** The region of a demo, on a server too: its schemas are its own. */
const REGION = "demo";

function serverIn({ settings: { store } }: Cli): Server | null {
  return store === null || isOnFiles(store) ? null : store;
}

async function prepareServer({ settings }: Cli, server: Server): Promise<void> {
  const { admin, logins } = settings;
  const done = await migrateRegion(server, { region: REGION, admin, logins, dryRun: false });
  if (done.some(({ steps }) => steps.length > 0)) return;
  throw new CliError("FILE", "a demo ran there: drop its schemas first, oubli_demo_...");
}

async function runSteps(
  cli: Cli,
  scenario: Scenario,
  places: Places,
  { report, server }: { readonly report: Report; readonly server: Server | null },
) {
  const { step } = report;
  if (!cli.settings.json) cli.terminal.print(`\n${scenario.title}\n`);
  await using opened = await step("Open a store under a declared policy", async (say) => {
    const made = await openDemo(scenario, places, server);
    const { purposes, packs } = made.oubli.policy;
    const declared = [scenario.purpose, scenario.withdrawn];
    const all = declared.every((name) => purposes[name] !== undefined);
    const named = declared.map((name) => `${name} (${purposes[name]?.basis})`);
    say.check(
      all,
      `purposes: ${named.join(", ")}; laws: ${packs.map(({ name }) => name).join(", ")}`,
    );
    return made;
  });
  const bar = cli.terminal.progress("Memories imported", null);
  const people = await step("Remember", (say) =>
    remember(scenario, opened, say, (memories) => bar.step(memories)).finally(() => bar.end()),
  );
  const world: DemoWorld = { scenario, places, opened, people, certificates: [] };
  const run = (
    title: string,
    work: (world: DemoWorld, say: Parameters<typeof askAllowed>[1]) => Promise<void>,
  ) => step(title, (say) => work(world, say));

  const where = server === null ? "every file" : "every file that is here";
  await run(`Look for the words in ${where}`, async (_, say) => {
    const texts = people.flatMap(({ stored }) => stored.map(({ content }) => content));
    const { clean, said } = await scan(places, texts);
    say.check(clean, `none of them was found: ${said}`);
  });
  await run("Ask, for the purpose it was told for", askAllowed);
  await run("Ask the same for another purpose", askForbidden);
  if (server === null) await run("Take a backup, before anything is erased", backUp);
  await run(`Withdraw the consent to ${scenario.withdrawn}`, withdraw);
  await run("Correct a memory", correct);
  await run("Forget a memory", forget);
  await run("End the key epoch", rotate);
  if (server === null) await run("Open the backup from before", openBackup);
  await run("Verify everything offline", verifyOffline);
  await run(people.length === 1 ? "Erase the person" : "Erase the people", erase);
  await run("Check the whole audit log", checkAudit);
}

/** A store of its own, under the scenario's policy alone. */
export function openDemo(
  { packs, purposes }: Scenario,
  { data, root }: Places,
  server: Server | null = null,
): Promise<Opened> {
  const region = REGION;
  const at = { jurisdictions: ["*"], store: server ?? `sqlite:${data}`, root };
  const config = defineConfig({ packs, purposes, regions: { [region]: at } });
  const folders = { data: server === null ? data : null, root };
  return openTarget({ config, region, folders, configured: true }, null);
}

function answerOf({ steps }: Report, ms: number, kept: boolean): Answer {
  const claims = steps.flatMap((step) => step.claims);
  const failed = claims.filter(({ held }) => !held).length;
  const seconds = (ms / 1000).toFixed(1);
  const verdict =
    failed === 0
      ? `All ${count(claims.length, "claim")} were checked in this run, and hold. ${seconds} s.`
      : `${failed} of ${count(claims.length, "claim")} FAILED in this run. ${seconds} s.`;
  return {
    json: { held: claims.length - failed, failed, ms, steps },
    text: [verdict, ...(kept ? ["The folder is left for you to look at."] : [])],
    exit: failed === 0 ? EXIT.done : EXIT.failed,
  };
}
