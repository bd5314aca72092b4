import type { Rotation } from "#keys";

import { command, EXIT, type Answer, type Cli } from "../command.ts";
import type { Opened } from "../open.ts";
import { count } from "../table.ts";

export const keysRotate = command({
  name: "keys rotate",
  summary: "End the key epoch: erasures become final in every backup.",

  async run(cli) {
    const { inEachRegion } = await import("../each-region.ts");
    return inEachRegion(cli, (opened) => rotateOne(cli, opened));
  },
});

async function rotateOne({ terminal }: Cli, { oubli }: Opened): Promise<Answer> {
  const bar = terminal.progress("Keys wrapped anew", null);
  let reported = 0;
  const { rotation, final } = await oubli
    .rotate((done) => {
      bar.step(Math.max(0, done - reported));
      reported = done;
    })
    .finally(() => bar.end());
  const { from, to, subjects, evidence, damaged, strays } = rotation;
  const stray = strays.length > 0 ? [`Root keys of no epoch here: ${strays.join(", ")}.`] : [];
  return {
    json: { from, to, subjects, final, evidence, damaged, strays },
    exit: evidence === null ? EXIT.failed : EXIT.done,
    text:
      evidence === null
        ? [...notEnded(rotation), ...stray]
        : [
            `Epoch ${from} ended, epoch ${to} began; the keys of ` +
              `${count(subjects, "person", "people")} moved.`,
            `Root key ${from}: ${evidence.method}, at ${new Date(evidence.destroyedAt).toISOString()}.`,
            `${count(final, "erasure")} became final: no backup from before can be opened for them.`,
            ...stray,
          ],
  };
}

/** Who is named here is erased, or their damaged memory forgotten, and the epoch ends next time. */
function notEnded({ from, to, subjects, damaged }: Rotation): string[] {
  return [
    `Epoch ${from} has NOT ended: ${count(damaged.rows, "row")} under it do not open. Epoch ${to} ` +
      `began; the keys of ${count(subjects, "person", "people")} moved.`,
    `Root key ${from} is kept: nothing became final.`,
    ...damaged.subjects.map((subject) => `Damaged: a key or the name of ${subject}.`),
  ];
}
