/**
 * A process that carries out a retention run, and may be killed in the middle of a batch; or one
 * that comes after it, and goes on.
 */
import { sqlSource } from "#connectors";
import { worldOf } from "#engine";
import { workRuns } from "#retention";
import { defineSource, type SourceRetention } from "#sources";

import { openGround, type Ground } from "./ground.ts";
import { OLD_TABLES } from "./old-table.ts";
import { closeStores, OFFICER, openProcess } from "./region.ts";

export interface RetentionOrder {
  readonly ground: Ground;
  /** Of the application's table. */
  readonly url: string;
  readonly clockAheadMs: number;
  readonly role: "run" | "resume";
  readonly batchMax: number;
  /** In which batch it is killed, and where. */
  readonly dies: { readonly batch: number; readonly when: "before" | "half" | "after" } | null;
}

const order = JSON.parse(process.argv[2]!) as RetentionOrder;
const { dies } = order;
let batch = 0;

function dying(rule: SourceRetention): SourceRetention {
  const dieIf = (when: string): void => {
    if (dies?.batch === batch && dies.when === when) process.kill(process.pid, "SIGKILL");
  };
  return {
    ...rule,
    async sweep(before, limit, signal, held) {
      batch += 1;
      dieIf("before");
      const half = dies?.batch === batch && dies.when === "half";
      const removed = await rule.sweep(before, half ? limit >> 1 : limit, signal, held);
      dieIf("half");
      dieIf("after");
      return removed;
    },
  };
}

const table = sqlSource({ name: "shop", url: order.url, tables: OLD_TABLES });
const sources = [defineSource({ name: "shop", retention: table.retention!.map(dying) })];
const clock = { now: () => (Date.now() + order.clockAheadMs) as never };
const stores = await openGround(order.ground, clock);
const retention = {
  batchMax: order.batchMax,
  pauseMs: 1,
  anomaly: { share: 1, factor: 1_000_000 },
};
const { oubli } = await openProcess(stores, clock, { sources, retention });
const officer = oubli.as(OFFICER);
if (order.role === "run") await officer.retention.run();
else {
  const world = worldOf(officer);
  await workRuns(world, world.retention);
}
process.stdout.write(JSON.stringify(await officer.retention.runs()));
await oubli.close();
await closeStores(stores);
