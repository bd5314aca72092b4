import type { Row } from "./table.ts";
import { median, timed } from "./unit.ts";
import { openBench, person, question } from "./world.ts";

const EACH = 1000;

/**
 * One person's warm recall while everybody else's memories grow, and a sweep runs. There is no
 * shared index, so it must not notice.
 */
export async function scale(steps: readonly number[]): Promise<Row> {
  const oubli = await openBench();
  const { chat } = await person(oubli, "ada", EACH);
  const measured: number[] = [];
  let others = 0;
  for (const step of steps) {
    for (; others < step; others += EACH) await person(oubli, `other-${others}`, EACH);
    await chat.recall("warm up");
    const sweeping = oubli.sweep();
    const samples: number[] = [];
    for (let at = 0; at < 400; at += 1) {
      samples.push(await timed(() => chat.recall(question(at * 31), { limit: 10 })));
    }
    await sweeping;
    measured.push(median(samples));
  }
  await oubli.close();
  const [first, last] = [measured[0]!, measured.at(-1)!];
  const names = [steps[0]!, steps.at(-1)!].map((count) => count.toLocaleString("en"));
  const what = `recall, warm, while others grow from ${names[0]} to ${names[1]} and a sweep runs`;
  return { what, ms: last, ratio: last / first, limit: 1.2 };
}
