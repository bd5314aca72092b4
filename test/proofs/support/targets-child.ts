/**
 * A process that erases a person in other systems, each a folder of rows, and is killed at a named
 * point of one; or one that comes after it and ends what it began.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { defineSource, type Source } from "#sources";

import { openGround, type Ground } from "./ground.ts";
import { closeStores, OFFICER, openProcess } from "./region.ts";

export interface TargetsOrder {
  readonly ground: Ground;
  readonly clockAheadMs: number;
  readonly role: "set" | "erase" | "resume";
  /** Where it is killed: a system, and how far that one is. */
  readonly dies: { readonly at: string; readonly when: "before" | "half" | "after" } | null;
}

const order = JSON.parse(process.argv[2]!) as TargetsOrder;
const folderOf = (name: string, who: string): string =>
  join(order.ground.folder, "systems", name, who);
const journal = join(order.ground.folder, "asked");

function dieIf(at: string, when: string): void {
  if (order.dies?.at === at && order.dies.when === when) process.kill(process.pid, "SIGKILL");
}

function system(name: string, more: Partial<Parameters<typeof defineSource>[0]>): Source {
  return defineSource({
    name,
    ...more,
    async erase({ externalId }, { request }) {
      appendFileSync(journal, `${name} ${request}\n`);
      dieIf(name, "before");
      const folder = folderOf(name, externalId);
      const files = existsSync(folder) ? readdirSync(folder) : [];
      for (const [at, file] of files.entries()) {
        rmSync(join(folder, file));
        if (at === 0) dieIf(name, "half");
      }
      dieIf(name, "after");
      const rows = { name: "rows", records: files.length, strategy: "delete" } as const;
      return { status: "done", recordsDeleted: files.length, collections: [rows] };
    },
    async verify({ externalId }) {
      const folder = folderOf(name, externalId);
      return { remaining: existsSync(folder) ? readdirSync(folder).length : 0 };
    },
  });
}

const sources = [
  system("orders", { tier: "dependent" }),
  system("crm", {}),
  system("cache", { tier: "cache", eraseAfter: ["crm"] }),
];
const clock = { now: () => (Date.now() + order.clockAheadMs) as never };
const stores = await openGround(order.ground, clock);
const { oubli } = await openProcess(stores, clock, { sources });
const office = oubli.as(OFFICER);

if (order.role === "set") {
  for (const who of ["ada", "bob"]) {
    const person = await oubli.subject(who);
    await person.session({ purpose: "support" }).remember("prefers tea");
    for (const { name } of sources) {
      mkdirSync(folderOf(name, who), { recursive: true });
      for (const row of ["1", "2"]) writeFileSync(join(folderOf(name, who), row), who);
    }
  }
}
if (order.role === "erase") await (await office.find("ada"))!.erase();
if (order.role === "resume") {
  await oubli.sweep();
  const [report] = await office.sources.erasures();
  const { certificate } = await office.sources.erasure(report!.case);
  const left = sources.map(({ name }) =>
    ["ada", "bob"].map((who) => readdirSync(folderOf(name, who)).length),
  );
  const valid = certificate !== null && (await oubli.verify(certificate)).valid;
  process.stdout.write(JSON.stringify({ report, left, valid }));
}
await oubli.close();
await closeStores(stores);
