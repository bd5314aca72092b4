import { command } from "../command.ts";
import { count } from "../table.ts";

export const sweep = command({
  name: "sweep",
  summary: "Destroy what expired, and finish what waits or was interrupted.",

  async run(cli) {
    const { inEachRegion } = await import("../each-region.ts");
    return inEachRegion(cli, async ({ oubli }) => {
      const elsewhere = () => oubli.sources.erasures({ open: true, limit: 1000 });
      const before = await elsewhere();
      const report = await oubli.sweep();
      const waiting = new Set((await elsewhere()).map((one) => one.case));
      const settled = before.filter((one) => !waiting.has(one.case)).length;
      return {
        json: { ...report, elsewhere: { settled, waiting: waiting.size } },
        text: [
          `Destroyed ${count(report.expired, "expired memory", "expired memories")}; ` +
            `a hold keeps ${report.held}.`,
          `Finished ${count(report.redone, "interrupted act")} and ` +
            `${count(report.queued, "erasure")} that waited.`,
          `Removed ${count(report.orphans, "key")} of writes that never were, ` +
            `${count(report.fences, "ended replay fence")} and the evidence of ` +
            `${count(report.evidence, "old consent")}.`,
          ...(before.length + waiting.size > 0
            ? [`In other systems ${count(settled, "erasure")} ended; ${waiting.size} wait.`]
            : []),
          `${count(report.final, "erasure")} became final.`,
        ],
      };
    });
  },
});
