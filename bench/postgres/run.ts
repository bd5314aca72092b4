/**
 * Measures the PostgreSQL engine against what a developer would build by hand on the same server.
 * `--quick` measures less. Needs PostgreSQL's own binaries, and pgvector.
 */
import { table, type Row } from "../table.ts";
import { median, timed } from "../unit.ts";
import { person, question, sentence } from "../world.ts";
import { crowd } from "./crowd.ts";
import { DIMENSIONS, openInserts, openPeer } from "./peer.ts";
import { openPostgresBench } from "./world.ts";

/** Until the compiler has seen every path: before, a call costs twice what it does for a server. */
const WARM_UP = 2000;
/** Calls of one side before the other has its turn. */
const TURN = 20;

const quick = process.argv.includes("--quick");
const times = quick ? 200 : 1000;
const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  console.error(row);
};

await using bench = await openPostgresBench();
const { oubli, admin } = bench;

for (const [memories, limit] of [
  [100, 1.2],
  [5000, 0.2],
] as const) {
  const peer = await openPeer(admin, memories);
  const { chat } = await person(oubli, `person-${memories}`, memories);
  const recall = (at: number) => chat.recall(question(at * 31), { limit: 10 });
  const few = memories > 1000 ? times / 10 : times;
  const against = await besides(few, recall, () => peer.query());
  const what = `recall, warm, audited, ${memories} memories, against pgvector (${DIMENSIONS})`;
  add({ what, ...against, limit });
}

const insertThree = await openInserts(admin);
const { chat } = await person(oubli, "ada", 100);
const remember = (at: number) => chat.remember(sentence(10_000 + at));
add({
  what: "remember one, against a bare transaction of three inserts",
  ...(await besides(times, remember, insertThree)),
  limit: 3,
});

const sizes = quick ? [1000, 10_000] : [1000, 1_000_000];
const grown: { recall: number; remember: number }[] = [];
let there = 0;
for (const size of sizes) {
  await crowd(admin, there, size);
  there = size;
  const ada = await person(oubli, `flat-${size}`, 100);
  const recalls = await samples(times, (at) => ada.chat.recall(question(at * 31), { limit: 10 }));
  const remembers = await samples(times, (at) => ada.chat.remember(sentence(at)));
  grown.push({ recall: median(recalls), remember: median(remembers) });
}
const [small, large] = grown as [(typeof grown)[0], (typeof grown)[0]];
const growth = sizes.map((size) => size.toLocaleString("en")).join(" to ");
for (const call of ["recall", "remember"] as const) {
  const what = `${call}, from ${growth} people's rows`;
  add({ what, ms: large[call], ratio: large[call] / small[call], limit: 1.2 });
}
console.log(table(rows));

/**
 * Both in turns, so that they meet the same moods of a shared machine; a few of each at a time, so
 * that neither is measured in the caches that the other left.
 */
async function besides(
  count: number,
  call: (at: number) => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<{ readonly ms: number; readonly ratio: number }> {
  const warm = Math.min(WARM_UP, 2 * count);
  for (let at = 0; at < warm; at += 1) await call(at);
  for (let at = 0; at < warm; at += 1) await bare();
  const [calls, bares]: [number[], number[]] = [[], []];
  for (let at = warm; at < warm + count; at += TURN) {
    for (let n = 0; n < TURN; n += 1) bares.push(await timed(bare));
    for (let n = 0; n < TURN; n += 1) calls.push(await timed(() => call(at + n)));
  }
  return { ms: median(calls), ratio: median(calls) / median(bares) };
}

async function samples(
  count: number,
  call: (at: number) => Promise<unknown>,
): Promise<readonly number[]> {
  for (let at = 0; at < WARM_UP; at += 1) await call(at);
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) taken.push(await timed(() => call(at)));
  return taken;
}
