import type { Row } from "./table.ts";
import type { Session } from "../src/index.ts";
import { openBench, person, question, sentence } from "./world.ts";

const CONCURRENCY = 64;
const PEOPLE = 16;

/** Calls a second with 64 at a time, over 16 people. */
export async function throughput(calls: number): Promise<readonly Row[]> {
  const oubli = await openBench();
  const chats: Session[] = [];
  for (let at = 0; at < PEOPLE; at += 1) {
    chats.push((await person(oubli, `person-${at}`, 1000)).chat);
  }
  const chat = (at: number) => chats[at % PEOPLE]!;
  for (const one of chats) await one.recall("warm up");
  const recalls = await rate(calls, (at) => chat(at).recall(question(at * 31), { limit: 10 }));
  const remembers = await rate(calls, (at) => chat(at).remember(sentence(at)));
  await oubli.close();
  return [
    { what: "remembers a second, 64 at a time", rate: remembers, limitRate: 3000 },
    { what: "recalls a second, 64 at a time", rate: recalls, limitRate: 4000 },
  ];
}

async function rate(calls: number, call: (at: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const worker = async () => {
    while (next < calls) await call(next++);
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return (calls / (performance.now() - began)) * 1000;
}
