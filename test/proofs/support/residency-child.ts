import { openWorld, type Map2 } from "./residency-world.ts";
import { createLane, type Tally } from "./residency-acts.ts";
import { randomOf } from "./random.ts";
import { trapSockets } from "./residency-trap.ts";

// A process of its own that acts in both regions until it is killed, and says how often it did.

interface Order {
  readonly map: Map2;
  readonly sent: string;
  readonly seed: number;
  readonly lanes: number;
}

const { map, sent, seed, lanes } = JSON.parse(process.argv[2]!) as Order;
trapSockets(sent);
const tally: Tally = new Map();
const oubli = await openWorld(map);
let acts = 0;
await Promise.all(
  Array.from({ length: lanes }, async (_, at) => {
    const lane = createLane(map, { name: `child${at}`, random: randomOf(seed + at), tally });
    for (;;) {
      await lane.step(oubli);
      if ((acts += 1) % 100 === 0) process.send?.([...tally]);
    }
  }),
);
