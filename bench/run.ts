/** Runs every bench and prints its table. `--quick` measures less, to see that it works. */
import { coldRecall, eraseToUnreadable, latency } from "./latency.ts";
import { scale } from "./scale.ts";
import { table, type Row } from "./table.ts";
import { throughput } from "./throughput.ts";

const quick = process.argv.includes("--quick");
const rows: Row[] = [];
const add = (...more: readonly Row[]) => {
  rows.push(...more);
  for (const row of more) console.error(row);
};

add(...(await latency(quick ? 50 : 400)));
add(await coldRecall(quick ? 3 : 9));
add(...(await throughput(quick ? 2000 : 20_000)));
add(await eraseToUnreadable(quick ? [100, 5000] : [100, 100_000]));
add(await scale(quick ? [5000, 10_000] : [10_000, 1_000_000]));
console.log(table(rows));
