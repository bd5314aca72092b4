/**
 * The crash and the coherence proof for as long as one likes: `npm run soak -- 30` for 30 minutes.
 * Ends with 1 at the first contradiction, and prints the seed, what is wrong and the acts behind it.
 */
import { randomInt } from "node:crypto";

import { coherence } from "./support/coherence.ts";
import { ENGINES } from "./support/ground.ts";
import { killRounds } from "./support/kill-rounds.ts";
import { serverKills } from "./support/server-kills.ts";

const minutes = Number(process.argv[2] ?? 10);
if (!(minutes > 0)) throw new Error("usage: npm run soak -- <minutes>");
const endsAt = performance.now() + minutes * 60_000;

interface Found {
  readonly faults: readonly string[];
  readonly story: string;
}

function stopAt(what: string, seed: number, { faults, story }: Found): void {
  if (faults.length === 0) return;
  console.error(`${what}, seed ${seed}\n${faults.join("\n")}\n${story}`);
  process.exit(1);
}

let [kills, acts] = [0, 0];
for (let turn = 0; performance.now() < endsAt; turn += 1) {
  const seed = randomInt(2 ** 31);
  const engine = ENGINES[turn % ENGINES.length]!;
  const together = await coherence({ engine, seed, processes: 2 + (seed % 4), seconds: 20 });
  stopAt(`coherence on ${engine}`, seed, together);
  const killed = await killRounds({ engine, seed, killsPerCheck: 1 + (seed % 7), checks: 3 });
  stopAt(`crash on ${engine}`, seed, killed);
  kills += killed.kills;
  acts += together.operations + killed.operations;
  if (engine === "postgres") {
    const plan = { seed, processes: 2 + (seed % 3), kills: 5 };
    const outlived = await serverKills(plan);
    stopAt("kills of the server", seed, outlived);
    kills += plan.kills;
    acts += outlived.operations;
  }
  console.log(`${kills} kills and ${acts} acts: no contradiction`);
}
