import { isOnFiles, urlsOf } from "#engine";
import { postgres } from "#store";

import type { Target } from "../open.ts";
import { count } from "../table.ts";
import { attempt, found, GROUND, type Finding, type Promised } from "./finding.ts";

/** What the databases' server says of itself, and of the application's rights; none for files. */
export async function checkServer({
  config,
  region,
}: Pick<Target, "config" | "region">): Promise<readonly Finding[]> {
  const { store } = config.regions[region]!;
  if (isOnFiles(store)) return [];
  const urls = urlsOf(store);
  const facts: postgres.ServerFacts[] = [];
  const looked = await attempt(GROUND.server, async () => {
    for (const schema of postgres.SCHEMAS) {
      const url = urls[schema.name];
      if (url !== undefined) facts.push(await postgres.inspect({ url, region }, schema));
    }
    return durability(facts);
  });
  if (looked.state === "broken" && facts.length === 0) return [looked];
  return [looked, transport(facts), rights(facts)];
}

type Facts = readonly postgres.ServerFacts[];

function durability(facts: Facts): Finding {
  const durable = facts.filter((one) => one.durable).length;
  const checked = facts.every((one) => one.checksums);
  const evidence =
    `fsync, full_page_writes and synchronous_commit on for ${of(durable, facts)}; ` +
    (checked ? "pages have checksums" : "pages have NO checksums: a disk's fault may pass unseen");
  return found(GROUND.server, durable === facts.length, evidence, !checked);
}

function transport(facts: Facts): Finding {
  const shielded = facts.filter((one) => one.shielded).length;
  const evidence = `encrypted, or within this machine: ${of(shielded, facts)}`;
  return found(GROUND.transport, shielded === facts.length, evidence);
}

function rights(facts: Facts): Finding {
  const promised: Promised = GROUND.roles;
  const sum = (what: "excess" | "unguarded") => facts.reduce((total, one) => total + one[what], 0);
  const privileged = facts.filter((one) => one.privileged).length;
  const evidence =
    `logins that own tables or pass every check: ${privileged}; rights that no migration gave: ` +
    `${sum("excess")}; tables of people without row-level security: ${sum("unguarded")}`;
  return found(promised, privileged + sum("excess") + sum("unguarded") === 0, evidence);
}

function of(some: number, all: Facts): string {
  return `${some} of ${count(all.length, "database")}`;
}
