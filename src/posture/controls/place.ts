import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

import { urlsOf } from "#engine";
import { postgres } from "#store";

import { found, notChecked, type Control } from "../control.ts";
import type { Ground } from "../ground.ts";

/** What others of the same machine may do with a file. */
const OTHERS = 0o077;

const DATABASES = ["memory.db", "keys.db", "audit.db"] as const;

/** The machine: folders, files, and the database server. */
export const PLACE_CONTROLS: readonly Control[] = [
  {
    control: "root-is-private",
    rows: ["A5", "A24"],
    title: "Root keys and notary are there, for this user alone",
    async probe({ place: { root, vault, ownNotary }, world: { region } }) {
      if (vault && !ownNotary) {
        return notChecked("The root keys are in a Vault, the notary is on a server.");
      }
      if (!existsSync(root)) return found(false, "The root folder is missing.");
      if (process.platform === "win32") return notChecked("Modes are not used here.");
      const names = readdirSync(root);
      const keys = names.filter((name) => name.startsWith(`${region}.epoch-`)).length;
      const notary = !ownNotary || names.includes(`${region}.notary.db`);
      const paths = [root, ...names.map((name) => join(root, name))];
      const open = paths.filter((path) => (statSync(path).mode & OTHERS) !== 0).length;
      const there = notary && (vault || keys > 0);
      return found(there && open === 0, "The folder and each file's mode were read.", {
        rootKeys: keys,
        notary,
        files: names.length,
        openToOthers: open,
      });
    },
  },
  {
    control: "root-is-apart",
    rows: ["A5", "A7"],
    title: "Root keys lie outside the store's folder, so that no copy of it holds them",
    async probe({ place: { data, root } }) {
      if (data === null) return notChecked("The databases are on a server.");
      const way = relative(data, root);
      const inside = way === "" || (!way.startsWith("..") && !way.startsWith(sep));
      const reverse = relative(root, data);
      const around = !reverse.startsWith("..") && !reverse.startsWith(sep);
      return found(!inside && !around, "The two paths were compared.", { inside, around });
    },
  },
  {
    control: "files-are-private",
    rows: ["A5", "A24"],
    title: "Nobody else on the machine may read the databases",
    async probe({ place: { data } }) {
      if (data === null) return notChecked("The databases are on a server.");
      if (process.platform === "win32") return notChecked("Modes are not used here.");
      const names = readdirSync(data).filter((name) => /\.db(-wal|-shm)?$/.test(name));
      const open = names.filter((name) => (statSync(join(data, name)).mode & OTHERS) !== 0);
      const missing = DATABASES.filter((name) => !names.includes(name)).length;
      return found(open.length + missing === 0, "Each file's mode was read.", {
        files: names.length,
        openToOthers: open.length,
        missing,
      });
    },
  },
  {
    control: "files-are-sound",
    rows: ["A1", "A9"],
    title: "The database files are sound, and written ahead",
    async probe({ place: { data } }) {
      if (data === null) return notChecked("Its pages are the server's to check: pg_amcheck.");
      const odd = DATABASES.map((name) => verdictOn(join(data, name))).filter(
        (one) => one !== "ok",
      );
      return found(odd.length === 0, "quick_check and journal mode of each file were read.", {
        files: DATABASES.length,
        odd: odd.length,
        first: odd[0] ?? null,
      });
    },
  },
  {
    control: "server-keeps-what-it-acknowledged",
    rows: ["A1", "A9"],
    title: "The database server's settings let nothing acknowledged be lost",
    probe: (ground) =>
      onServer(ground, (facts) => {
        const durable = facts.filter((one) => one.durable).length;
        return found(durable === facts.length, "fsync and its like were read.", {
          databases: facts.length,
          durable,
          checksums: facts.filter((one) => one.checksums).length,
        });
      }),
  },
  {
    control: "server-is-reached-unseen",
    rows: ["A24"],
    title: "No connection beyond this machine is readable",
    probe: (ground) =>
      onServer(ground, (facts) => {
        const shielded = facts.filter((one) => one.shielded).length;
        return found(shielded === facts.length, "Each connection was asked for its encryption.", {
          databases: facts.length,
          shielded,
        });
      }),
  },
  {
    control: "server-guards-rows",
    rows: ["A2", "A5", "A9", "A24"],
    title: "The application's role owns nothing, changes no history, sees one person's rows",
    probe: (ground) =>
      onServer(ground, (facts) => {
        const sum = (what: "excess" | "unguarded") =>
          facts.reduce((total, one) => total + one[what], 0);
        const privileged = facts.filter((one) => one.privileged).length;
        const holds = privileged + sum("excess") + sum("unguarded") === 0;
        return found(holds, "Rights and row-level security of every table were read.", {
          databases: facts.length,
          privileged,
          rightsTooMany: sum("excess"),
          tablesUnguarded: sum("unguarded"),
        });
      }),
  },
];

async function onServer(
  { place: { store, data }, world: { region } }: Ground,
  judge: (facts: readonly postgres.ServerFacts[]) => ReturnType<typeof found>,
) {
  if (data !== null) return notChecked("The databases are files of this process.");
  const urls = urlsOf(store);
  const facts: postgres.ServerFacts[] = [];
  for (const schema of postgres.SCHEMAS) {
    const url = urls[schema.name];
    if (url !== undefined) facts.push(await postgres.inspect({ url, region }, schema));
  }
  return judge(facts);
}

/** SQLite's own words are not repeated: they may hold values. */
function verdictOn(path: string): "ok" | "missing" | "unreadable" | "damaged" | "not-wal" {
  if (!existsSync(path)) return "missing";
  try {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    using database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const check = database.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown>;
    if (Object.values(check)[0] !== "ok") return "damaged";
    const mode = database.prepare("PRAGMA journal_mode").get() as Record<string, unknown>;
    return Object.values(mode)[0] === "wal" ? "ok" : "not-wal";
  } catch {
    return "unreadable";
  }
}
