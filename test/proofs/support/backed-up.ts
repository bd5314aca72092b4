import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  loseAndRestore(options?: Partial<RestoreOptions>): Promise<Restored>;
  restore(options?: Partial<RestoreOptions>): Promise<Restored>;
  lose(): Promise<void>;
  reopen(): Promise<Oubli>;
}

export const PURPOSE = "support";

const OFFICER = { kind: "staff", id: "officer", roles: ["privacy-officer", "auditor", "app"] } as const;

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
    restore: (options = {}) => restoreOubli(config, { from: backups, ...options }),
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
