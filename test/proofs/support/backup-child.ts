import { openOubli, restoreOubli } from "#engine";
import { defineConfig, type ConfigInput } from "#policy";

import { OFFICER, PURPOSE } from "./backed-up.ts";

// A process of its own that writes, backs up or restores until it ends or is killed. It prints a
// line for each thing that was acknowledged.

interface Orders {
  readonly act: "write" | "backup" | "restore";
  readonly config: ConfigInput;
  readonly backups: string;
  readonly ledger: string;
  readonly admin?: string;
  readonly who: string;
}

const orders = JSON.parse(process.argv[2]!) as Orders;
const config = defineConfig(orders.config);

if (orders.act === "restore") {
  process.stdout.write("begun\n");
  const { backups: from, ledger, admin } = orders;
  await restoreOubli(config, { from, ledger, admin });
  process.stdout.write("done\n");
} else {
  const oubli = await openOubli(config, { sweep: "manual", actor: OFFICER });
  process.stdout.write("begun\n");
  if (orders.act === "backup") {
    for (;;) process.stdout.write(`${(await oubli.backup(orders.backups)).backup}\n`);
  }
  const session = (await oubli.subject(orders.who)).session({ purpose: PURPOSE });
  for (let at = 0; ; at += 1) {
    const text = `${orders.who} said ${at}`;
    await session.remember(text);
    process.stdout.write(`${text}\n`);
  }
}
