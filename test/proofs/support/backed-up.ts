import {
  cpSync,
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
import { defineConfig, type ConfigInput, type OubliConfig } from "#policy";

import { newMedium, type Medium } from "./backup-medium.ts";
import type { Engine } from "./ground.ts";

/** An installation with a place for backups beside it. */
export interface BackedUp extends AsyncDisposable {
  readonly folder: string;
  readonly medium: Medium;
  readonly backups: string;
  readonly config: OubliConfig;
  oubli: Oubli;
  path(...parts: readonly string[]): string;
  /** Closes it, loses its databases, and restores. */
  loseAndRestore(options?: RestoreCall): Promise<Restored>;
  restore(options?: RestoreCall): Promise<Restored>;
  /** Gives `look` a world of the newest backup with the root as it was when the backup was made. */
  restoreElsewhere(look: (copy: Oubli) => Promise<void>): Promise<void>;
  /** Turns one bit over, of the last file below a folder, or of one at a place. */
  flip(path: string, at: number | "last"): Promise<void>;
  lose(names?: Parameters<Medium["lose"]>[0]): Promise<void>;
  reopen(): Promise<Oubli>;
}

type RestoreCall = Partial<RestoreOptions> & { readonly config?: OubliConfig };

export const PURPOSE = "support";

export const OFFICER = {
  kind: "staff",
  id: "officer",
  roles: ["privacy-officer", "auditor", "app"],
} as const;

export async function openBackedUp(
  engine: Engine = "sqlite",
  more: Pick<ConfigInput, "controller" | "analytics"> = {},
): Promise<BackedUp> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-restore-"));
  const medium = await newMedium(engine, folder);
  const { store, admin } = medium;
  const backups = join(folder, "backups");
  const region = { jurisdictions: ["*"], store, root: join(folder, "root") };
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
  const config = defineConfig({
    ...more,
    regions: { eu: region },
    purposes: { [PURPOSE]: purpose },
  });
  const open = () => openOubli(config, { sweep: "manual", actor: OFFICER, connectionsMax: 3 });
  const life: BackedUp = {
    folder,
    medium,
    backups,
    config,
    oubli: await open(),
    path: (...parts) => join(folder, ...parts),
    async lose(names) {
      await life.oubli.close();
      await medium.lose(names);
    },
    restore: ({ config: other, ...options } = {}) =>
      restoreOubli(other ?? config, { from: backups, admin, ...options }),
    async restoreElsewhere(look) {
      const root = join(folder, "elsewhere-root");
      const [newest] = readdirSync(backups);
      await using elsewhere = await medium.load(join(backups, newest!));
      // A notary that has signed nothing yet, with the same keys: what somebody would do who wants
      // to be rid of it.
      cpSync(join(folder, "root"), root, { recursive: true });
      using notary = new DatabaseSync(join(root, "eu.notary.db"));
      notary.exec("DELETE FROM signed");
      notary.close();
      const there = { ...region, store: elsewhere.store, root };
      const rogue = defineConfig({ regions: { eu: there }, purposes: { [PURPOSE]: purpose } });
      const copy = await openOubli(rogue, { sweep: "manual", actor: OFFICER });
      try {
        await look(copy);
      } finally {
        await copy.close();
        rmSync(root, { recursive: true });
      }
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
      await medium[Symbol.asyncDispose]();
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
