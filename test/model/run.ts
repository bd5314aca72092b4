import { parseArgs } from "node:util";

import { explore, type Scenario } from "./explore.ts";
import { MISTAKES, type Mistake, SPARED } from "./mistakes.ts";
import { SCENARIOS } from "./scenarios.ts";

// node test/model/run.ts [--bug NAME] [--scenario NAME]: every scenario, or one; as it is, or with
// a mistake planted. Prints how many states there are, or the shortest way to a broken promise.
const { values } = parseArgs({
  options: { bug: { type: "string" }, scenario: { type: "string" } },
});

const bug = values.bug ?? null;
if (bug !== null && !(bug in MISTAKES) && !(bug in SPARED)) {
  throw new Error(
    `no such mistake; there are: ${Object.keys({ ...MISTAKES, ...SPARED }).join(", ")}`,
  );
}

const scenarios: Readonly<Record<string, Scenario>> = SCENARIOS;
for (const [name, scenario] of Object.entries(scenarios)) {
  if (values.scenario !== undefined && values.scenario !== name) continue;
  const { states, broken, trace } = explore(scenario, bug as Mistake | null);
  console.log(`${name}: ${states} states${broken === "" ? "" : `: ${broken}`}`);
  for (const step of trace) console.log(`  ${step}`);
}
