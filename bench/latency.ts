import { against, openUnit } from "./unit.ts";
import { openBench, person, sentence } from "./world.ts";

/** What one call costs, in commits. */
const TIMES = Number(process.env["TIMES"] ?? 200);
const oubli = await openBench();
const unit = openUnit(oubli.folder);
const { subject, chat, nodes } = await person(oubli, "ada", 1000);

await chat.recall("warm up");
for (let at = 0; at < 50; at += 1) await chat.recall(sentence(at * 17));
const recall = await against(unit, TIMES, (at) => chat.recall(sentence(at * 31), { limit: 10 }));
console.log("recall", recall);
const remember = await against(unit, TIMES, (at) => chat.remember(sentence(10_000 + at)));
console.log("remember", remember);
const forget = await against(unit, Math.min(TIMES, 200), (at) => subject.forget(nodes[at]!));
console.log("forget to certificate", forget);
unit.close();
await oubli.close();
