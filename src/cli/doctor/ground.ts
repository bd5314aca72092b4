import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { Folders } from "#engine";

import type { Places } from "../open.ts";
import { count } from "../table.ts";
import { found, GROUND, notChecked, type Finding } from "./finding.ts";

/** What others of the same machine may do with a file. */
const OTHERS = 0o077;

/** Files of the data folder. */
export const DATABASES = ["memory.db", "keys.db", "audit.db"] as const;

/** Checks of folders and files, without opening the store: they work also when it does not open. */
export function checkGround(places: Places, region: string, ownNotary: boolean): Finding[] {
  const { data } = places;
  const root = checkRoot(places, region, ownNotary);
  if (data === null) {
    const here = [GROUND.folder, GROUND.volume].map((promised) =>
      notChecked(promised, "the databases are on a server"),
    );
    const pages = "its files are the server's: pg_amcheck and pg_checksums are its administrator's";
    return [root, ...here, notChecked(GROUND.integrity, pages)];
  }
  const folders = { ...places, data };
  return [root, checkFolder(folders), checkVolume(folders), checkIntegrity(folders, region)];
}

function checkRoot({ root, vault }: Places, region: string, ownNotary: boolean): Finding {
  if (vault !== undefined && !ownNotary) {
    return notChecked(GROUND.root, "the root keys are in a Vault, the notary is on a server");
  }
  if (!existsSync(root)) return found(GROUND.root, false, "the root folder is missing");
  const names = readdirSync(root);
  const keys = names.filter((name) => name.startsWith(`${region}.epoch-`));
  const notary = !ownNotary || names.includes(`${region}.notary.db`);
  if ((keys.length === 0 && vault === undefined) || !notary) {
    const evidence = `${count(keys.length, "root key")}, notary ${notary ? "there" : "missing"}`;
    return found(GROUND.root, false, evidence);
  }
  if (process.platform === "win32") return notChecked(GROUND.root, "modes are not used here");
  const paths = [root, ...names.map((name) => join(root, name))];
  const open = paths.filter((path) => (statSync(path).mode & OTHERS) !== 0).length;
  const evidence = `${count(keys.length, "root key")}; open to others: ${open} of ${paths.length}`;
  return found(GROUND.root, open === 0, evidence);
}

/** A folder that was there before keeps its mode. The files in it are for their owner alone. */
function checkFolder({ data }: Folders): Finding {
  if (!existsSync(data)) return notChecked(GROUND.folder, "the data folder is missing");
  if (process.platform === "win32") return notChecked(GROUND.folder, "modes are not used here");
  const mode = statSync(data).mode & 0o777;
  const wide = (mode & OTHERS) !== 0;
  const evidence = `mode ${mode.toString(8)}${wide ? "; chmod 700 closes it" : ""}`;
  return found(GROUND.folder, true, evidence, wide);
}

function checkVolume({ data, root }: Folders): Finding {
  if (!existsSync(data) || !existsSync(root)) {
    return notChecked(GROUND.volume, "one of the folders is missing");
  }
  if (statSync(data).dev !== statSync(root).dev) return found(GROUND.volume, true, "two volumes");
  const evidence = "on one volume: a copy of all of it would hold keys and data together";
  return found(GROUND.volume, true, evidence, true);
}

function checkIntegrity({ data, root }: Folders, region: string): Finding {
  const paths = [...DATABASES.map((name) => join(data, name)), join(root, `${region}.notary.db`)];
  const verdicts = paths.map((path) => verdictOn(path));
  const bad = verdicts.filter((verdict) => verdict !== "ok");
  const evidence =
    bad.length === 0
      ? `${count(paths.length, "file")}: quick_check ok, journal wal`
      : `not sound: ${bad.length} of ${count(paths.length, "file")}: ${[...new Set(bad)].join()}`;
  return found(GROUND.integrity, bad.length === 0, evidence);
}

/** SQLite's own words are not repeated: they may hold values. */
function verdictOn(path: string): "ok" | "missing" | "unreadable" | "damaged" | "not in wal mode" {
  if (!existsSync(path)) return "missing";
  try {
    using database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const check = database.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown>;
    if (Object.values(check)[0] !== "ok") return "damaged";
    const mode = database.prepare("PRAGMA journal_mode").get() as Record<string, unknown>;
    return Object.values(mode)[0] === "wal" ? "ok" : "not in wal mode";
  } catch {
    return "unreadable";
  }
}
