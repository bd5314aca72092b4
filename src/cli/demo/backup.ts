import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";

import { DEFAULT_TENANT, randomIds, systemClock } from "#kernel";
import { fileRootProvider, keyName, openKeyring } from "#keys";
import { openRow } from "#memory";
import { openKeyStore, openMemoryStore } from "#store";

import { count } from "../table.ts";
import { refusalOf } from "./ask.ts";
import type { Say } from "./report.ts";
import type { DemoWorld, Person } from "./world.ts";

/** Copies the whole data folder, as a thief or a backup would, and shows that the copy is good. */
export async function backUp(world: DemoWorld, say: Say): Promise<void> {
  const { data, backup } = world.places;
  await cp(data, backup, { recursive: true });
  const files = (await readdir(backup)).length;
  const { opened, all } = await openCopy(world);
  say.check(
    opened.size === all && all > 0,
    `${count(files, "file")} copied; with the live keys, ${opened.size} of ${all} memories open`,
  );
}

/** Opens the copy from before the erasures with everything that there is now. */
export async function openBackup(world: DemoWorld, say: Say): Promise<void> {
  const { opened } = await openCopy(world);
  const gone = world.people.flatMap(({ gone }) => [...gone]);
  const back = gone.filter((node) => opened.has(node)).length;
  const kept = world.people.flatMap(({ stored, gone }) =>
    stored.filter(({ node }) => !gone.has(node)),
  );
  const same = kept.filter(({ node, content }) => opened.get(node) === content).length;
  say.check(
    back === 0 && gone.length > 0,
    `its memories, with the live keys and root: ${back} of the ${gone.length} erased ones open`,
  );
  say.check(same === kept.length, `and ${same} of ${kept.length} unchanged ones do, word for word`);
  const own = await refusalOf(() => openOwnKeys(world));
  say.check(
    own === "ROOT_MISSING",
    "its own copied keys, with the live root: none opens, their root key is destroyed",
  );
}

/** The copied memory database, opened with the live keys and the live root. */
async function openCopy(world: DemoWorld) {
  const { data, root, backup } = world.places;
  const { region } = world.opened;
  const memory = openMemoryStore(join(backup, "memory.db"));
  const keys = openKeyStore(join(data, "keys.db"));
  const opened = new Map<string, string>();
  let all = 0;
  try {
    const keyring = await openKeyring({ ...ringOf(root, region), store: keys });
    for (const { subject, stored } of world.people) {
      const rows = await memory.rows(subject.id, nodesOf(stored));
      const live = await keyring.nodeKeys(subject.id, rows);
      all += rows.length;
      for (const row of rows) {
        const key = live.get(keyName(row));
        if (!key) continue;
        const place = { tenant: DEFAULT_TENANT, region: region as typeof row.category };
        opened.set(row.node, openRow(key, place, row).content);
      }
    }
    keyring.close();
  } finally {
    await memory.close();
    await keys.close();
  }
  return { opened, all };
}

/** @throws {OubliError} `ROOT_MISSING` */
async function openOwnKeys({ places, opened }: DemoWorld): Promise<void> {
  const keys = openKeyStore(join(places.backup, "keys.db"));
  try {
    (await openKeyring({ ...ringOf(places.root, opened.region), store: keys })).close();
  } finally {
    await keys.close();
  }
}

function ringOf(folder: string, region: string) {
  const root = fileRootProvider({ folder, region, clock: systemClock });
  return { root, region, clock: systemClock, ids: randomIds };
}

function nodesOf(stored: Person["stored"]) {
  return stored.map(({ node }) => node);
}
