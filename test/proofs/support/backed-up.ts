import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openOubli, restoreOubli, type Oubli, type Restored, type RestoreOptions } from "#engine";
import { defineConfig, type OubliConfig } from "#policy";

/** An installation on real files, with a place for backups beside it. */
export interface BackedUp extends AsyncDisposable {
  readonly folder: string;
  readonly data: string;
  readonly backups: string;
  readonly config: OubliConfig;
  oubli: Oubli;
  path(...parts: readonly string[]): string;
  /** Closes it, loses its data folder, and restores. */
  loseAndRestore(options?: RestoreCall): Promise<Restored>;
  restore(options?: RestoreCall): Promise<Restored>;
  /** Gives `look` a world of the newest backup with the root as it was when the backup was made. */
  restoreElsewhere(look: (copy: Oubli) => Promise<void>): Promise<void>;
  /** The keys of nodes, as they stand wrapped in the key database. */
  wrappedKeys(nodes: readonly string[]): readonly Buffer[];
  /** Turns one bit over, of the last file below a folder, or of one at a place. */
  flip(path: string, at: number | "last"): Promise<void>;
  lose(): Promise<void>;
  reopen(): Promise<Oubli>;
}

type RestoreCall = Partial<RestoreOptions> & { readonly config?: OubliConfig };

export const PURPOSE = "support";

export const OFFICER = {
  kind: "staff",
  id: "officer",
  roles: ["privacy-officer", "auditor", "app"],
} as const;

export async function openBackedUp(): Promise<BackedUp> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-restore-"));
  const data = join(folder, "data");
  const backups = join(folder, "backups");
  const region = { jurisdictions: ["*"], store: `sqlite:${data}`, root: join(folder, "root") };
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
  const config = defineConfig({ regions: { eu: region }, purposes: { [PURPOSE]: purpose } });
  const open = () => openOubli(config, { sweep: "manual", actor: OFFICER });
  const life: BackedUp = {
    folder,
    data,
    backups,
    config,
    oubli: await open(),
    path: (...parts) => join(folder, ...parts),
    async lose() {
      await life.oubli.close();
      rmSync(data, { recursive: true, force: true });
    },
    restore: ({ config: other, ...options } = {}) =>
      restoreOubli(other ?? config, { from: backups, ...options }),
    async restoreElsewhere(look) {
      const [elsewhere, root] = [join(folder, "elsewhere"), join(folder, "elsewhere-root")];
      const [newest] = readdirSync(backups);
      mkdirSync(elsewhere);
      for (const name of ["memory", "keys", "audit"]) {
        cpSync(join(backups, newest!, `${name}.snapshot`), join(elsewhere, `${name}.db`));
      }
      // A notary that has signed nothing yet, with the same keys: what somebody would do who wants
      // to be rid of it.
      cpSync(join(folder, "root"), root, { recursive: true });
      using notary = new DatabaseSync(join(root, "eu.notary.db"));
      notary.exec("DELETE FROM signed");
      notary.close();
      const there = { ...region, store: `sqlite:${elsewhere}`, root };
      const rogue = defineConfig({ regions: { eu: there }, purposes: { [PURPOSE]: purpose } });
      const copy = await openOubli(rogue, { sweep: "manual", actor: OFFICER });
      try {
        await look(copy);
      } finally {
        await copy.close();
        rmSync(elsewhere, { recursive: true });
        rmSync(root, { recursive: true });
      }
    },
    wrappedKeys(nodes) {
      using keys = new DatabaseSync(join(data, "keys.db"), { readOnly: true });
      const select = keys.prepare("SELECT wrapped FROM node_key WHERE node_id = ?");
      const rows = nodes.flatMap((node) => select.all(node) as unknown as { wrapped: Buffer }[]);
      return rows.map(({ wrapped }) => Buffer.from(wrapped));
    },
    async flip(path, at) {
      const file = statSync(path).isDirectory() ? lastFile(path) : path;
      const bytes = readFileSync(file);
      const place = at === "last" ? bytes.length - 1 : at;
      bytes[place]! ^= 1;
      writeFileSync(file, bytes);
    },
    async loseAndRestore(options = {}) {
      await life.lose();
      const restored = await life.restore(options);
      await life.reopen();
      return restored;
    },
    async reopen() {
      life.oubli = await open();
      return life.oubli;
    },
    async [Symbol.asyncDispose]() {
      await life.oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return life;
}

function lastFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return files.toSorted().at(-1)!;
}

/** Remembers for somebody; answers the ids. */
export async function tell(oubli: Oubli, who: string, ...texts: readonly string[]) {
  const person = await oubli.subject(who);
  const messages = texts.map((content) => ({ role: "user" as const, content }));
  return (await person.session({ purpose: PURPOSE }).remember(messages)).nodes;
}

/** What can be read of somebody, sorted. */
export async function toldBy(oubli: Oubli, who: string): Promise<readonly string[]> {
  const person = await oubli.find(who);
  if (!person) return [];
  const { nodes } = await person.self().export();
  return nodes.map(({ content }) => content).toSorted();
}
