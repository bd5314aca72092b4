/**
 * A process of the proofs: opens a region, does random acts in several lanes and writes each down,
 * until its time is over or it is killed.
 */
import { once } from "node:events";
import { enableCompileCache, flushCompileCache } from "node:module";

import type { WorkerOrder } from "./run-worker.ts";

enableCompileCache();
const order = JSON.parse(process.argv[2]!) as WorkerOrder;

const { fileJournal, nowUs } = await import("./history.ts");
const { createActor } = await import("./acts.ts");
const { createWanderer } = await import("./random-acts.ts");
const { randomOf } = await import("./random.ts");
const { MISTAKES } = await import("./planted-mistakes.ts");
const { openGround } = await import("./ground.ts");
const { openProcess, closeStores } = await import("./region.ts");
const { countSteps } = await import("./steps.ts");

const { diesOpeningAt } = order;
if (diesOpeningAt !== undefined) await countSteps(diesOpeningAt);
const clock = { now: () => (Date.now() + order.clockAheadMs) as never };
const stores = await openGround(order.ground, clock);
const around = order.mistake === null ? {} : { around: MISTAKES[order.mistake] };
const { oubli } = await openProcess(stores, clock, around);
if (diesOpeningAt !== undefined) process.kill(process.pid, "SIGKILL");
flushCompileCache(); // Killed, it could not leave what it compiled to those behind it.
const actor = createActor(oubli, fileJournal(order.journal, order.by));
const started = order.seconds === null ? null : once(process, "message");
process.send?.("open");
await started;

const endsAt = order.seconds === null ? Infinity : nowUs() + order.seconds * 1_000_000;
const lane = async (_: unknown, at: number): Promise<void> => {
  const { weights, names } = order;
  const random = randomOf(order.seed + at);
  const mark = `${order.by}${"abcdefgh"[at]}`;
  const wanderer = createWanderer({ actor, random, weights, names, mark });
  while (nowUs() < endsAt) await wanderer.step();
};
await Promise.all(Array.from({ length: order.lanes }, lane));
await oubli.close();
await closeStores(stores);
process.disconnect?.();
