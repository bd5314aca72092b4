import { command, type Answer } from "../command.ts";

export const storeDistribute = command({
  name: "store distribute",
  summary: "Spread a region's memories and keys over the nodes of a Citus cluster.",
  flags: {
    admin: {
      type: "string",
      value: "url",
      help: "An administrator's address (better: OUBLI_ADMIN)",
    },
    dryRun: { type: "boolean", help: "Print the SQL that is missing; change nothing" },
  },
  details: [
    "After store migrate, with the application stopped. A person's rows stand on one node; the audit",
    "log and the notary stay whole. Run it again after each migration: what is spread stays.",
  ],

  async run(cli, { admin, dryRun }) {
    const { forEachTarget } = await import("../each-region.ts");
    const { distributeRegion } = await import("../distribute-region.ts");
    return forEachTarget(cli, async ({ config, region }): Promise<Answer> => {
      const done = await distributeRegion(config.regions[region]!.store, {
        region,
        admin: admin ?? cli.settings.admin,
        dryRun,
      });
      const schemas = done.map(({ name, tables, before }) => ({ name, tables, before }));
      if (dryRun) {
        const sql = done.flatMap((one) => one.sql.map((statement) => `${statement};`));
        return { json: { dryRun, schemas, sql }, text: sql };
      }
      return {
        json: { dryRun, schemas },
        text: schemas.map(({ name, tables }) =>
          tables.length > 0 ? `${name}: spread ${tables.join(", ")}` : `${name}: up to date`,
        ),
      };
    });
  },
});
