import type { Row } from "./table.ts";
import { against, median, openUnit, timed } from "./unit.ts";
import { openBench, person, question, sentence } from "./world.ts";

const MEMORIES = 1000;

/** What one call costs, in commits: remember, recall, forget to unreadable and to its certificate. */
export async function latency(times: number): Promise<readonly Row[]> {
  const oubli = await openBench();
  const unit = openUnit(oubli.folder);
  const { subject, chat, nodes } = await person(oubli, "ada", MEMORIES);

  const recall = await against(unit, times, (at) => chat.recall(question(at * 31), { limit: 10 }));
  const remember = await against(unit, times, (at) => chat.remember(sentence(10_000 + at)));

  const unreadable: number[] = [];
  let began = 0;
  chat.onErased(() => unreadable.push(performance.now() - began));
  const forget = await against(unit, times, (at) => {
    began = performance.now();
    return subject.forget(nodes[at]!);
  });
  const toUnreadable = median(unreadable);

  unit.close();
  await oubli.close();
  return [
    { what: "remember one", ...remember, limit: 5 },
    { what: "recall, warm, 1,000 memories, top 10, audited", ...recall, limit: 2.5 },
    {
      what: "forget one, to unreadable",
      ms: toUnreadable,
      ratio: toUnreadable / forget.unitMs,
      limit: 4,
    },
    { what: "forget one, to its certificate", ...forget, limit: 10 },
  ];
}

/** A cold recall: everything is read, unwrapped, decrypted and indexed first. */
export async function coldRecall(times: number): Promise<Row> {
  const oubli = await openBench();
  const chats = [];
  for (let at = 0; at < times; at += 1) {
    chats.push((await person(oubli, `cold-${at}`, MEMORIES)).chat);
  }
  const samples: number[] = [];
  for (const chat of chats) samples.push(await timed(() => chat.recall("what about the garden?")));
  await oubli.close();
  return { what: "recall, cold, 1,000 memories", ms: median(samples), limitMs: 75 };
}

/** Erasing a person to unreadable, small and large: the same, because one key goes. */
export async function eraseToUnreadable(sizes: readonly [number, number]): Promise<Row> {
  const oubli = await openBench();
  const times: number[] = [];
  for (const size of sizes) {
    const samples: number[] = [];
    for (let again = 0; again < (size > 10_000 ? 3 : 9); again += 1) {
      const { subject, chat } = await person(oubli, `p-${size}-${again}`, size);
      let began = 0;
      chat.onErased(() => samples.push(performance.now() - began));
      began = performance.now();
      await subject.erase();
    }
    times.push(median(samples));
  }
  await oubli.close();
  const [small, large] = times as [number, number];
  const what = `erase a person to unreadable, ${sizes[1].toLocaleString("en")} memories against ${sizes[0]}`;
  return { what, ms: large, ratio: large / small, limit: 1.5 };
}
