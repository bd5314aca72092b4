import { openOubli, restoreOubli } from "#engine";
import { defineConfig, type ConfigInput } from "#policy";

import { OFFICER, PURPOSE } from "./backed-up.ts";
import { countSteps } from "./steps.ts";

// A process of its own that writes, backs up or restores until it ends, is killed, or kills itself
// at a step. It prints a line for each thing that was acknowledged: a text, or the steps until an
// opening or a backup was done; of a restore, the steps until it locked the place and until its end.

interface Orders {
  readonly act: "write" | "backup" | "restore";
  readonly config: ConfigInput;
  readonly backups: string;
  readonly ledger: string;
  readonly admin?: string;
  readonly who: string;
  readonly diesAt: number | null;
}

const orders = JSON.parse(process.argv[2]!) as Orders;
const config = defineConfig(orders.config);
const steps = await countSteps(orders.diesAt);

if (orders.act === "restore") {
  const { backups: from, ledger, admin } = orders;
  await restoreOubli(config, { from, ledger, admin });
  const locked =
    1 + steps.findIndex((step) => /^open .*restoring$|CREATE SCHEMA .*_lock"/.test(step));
  process.stdout.write(`${locked}\n${steps.length}\n`);
} else {
  const oubli = await openOubli(config, { sweep: "manual", actor: OFFICER });
  process.stdout.write(`${steps.length}\n`);
  if (orders.act === "backup") {
    for (;;) {
      await oubli.backup(orders.backups);
      process.stdout.write(`${steps.length}\n`);
    }
  }
  const session = (await oubli.subject(orders.who)).session({ purpose: PURPOSE });
  for (let at = 0; ; at += 1) {
    const text = `${orders.who} said ${at}`;
    await session.remember(text);
    process.stdout.write(`${text}\n`);
  }
}
