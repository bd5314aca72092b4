/** Measures detection on months of simulated traffic: `npm run bench:breach`. */
import { parseArgs } from "node:util";

import { measure, together } from "./measure.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "101-110" },
    days: { type: "string", default: "120" },
  },
});
const [first = 101, last = first] = values.seeds.split("-").map(Number);
const days = Number(values.days);
const started = performance.now();
const runs = Array.from({ length: last - first + 1 }, (_, at) =>
  measure({ seed: first + at, days, quietDays: 35, attacksPerDay: 0.5 }),
);
const all = together(runs);
const seconds = (performance.now() - started) / 1000;
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

console.log(`seeds ${values.seeds}, ${days} days each: ${all.observations} entries`);
console.log(`found ${all.found} of ${all.attacks} (${percent(all.found, all.attacks)})`);
console.log(`false alarms: ${all.falseAlarms}, ${(all.falseAlarms / all.days).toFixed(2)} a day`);
const worst = Math.max(...runs.map((run) => run.falseAlarms / run.days));
const least = Math.min(...runs.map((run) => run.found / run.attacks));
console.log(`worst seed: ${percent(least, 1)} found; ${worst.toFixed(2)} false alarms a day`);
console.log(`median time to find: ${all.hoursToFind.toFixed(1)} h`);
console.log(`${Math.round(all.observations / seconds)} entries a second`);
console.log(`false alarms by rule: ${JSON.stringify(all.falseByRule)}`);
for (const { kind, intensity, attacks, found } of all.byKind) {
  console.log(`| ${kind} | ${intensity} | ${found} of ${attacks} |`);
}
