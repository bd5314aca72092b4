import { command, type Answer } from "../command.ts";

export const storeMigrate = command({
  name: "store migrate",
  summary: "Make a region's schemas and roles on PostgreSQL, or bring them up to date.",
  flags: {
    admin: {
      type: "string",
      value: "url",
      help: "An administrator's address (better: OUBLI_ADMIN)",
    },
    login: {
      type: "list",
      value: "role",
      help: "A role that may use the store (default: each address's own)",
    },
    dryRun: { type: "boolean", help: "Print the SQL that is missing; change nothing" },
  },
  details: [
    "The administrator may create roles and schemas; the application's login may not, and owns",
    "nothing. Database names are the store's; where the store is one server, the administrator's",
    "address says how to reach it, else only who it is.",
  ],

  async run(cli, { admin, login, dryRun }) {
    const { forEachTarget } = await import("../each-region.ts");
    const { migrateRegion } = await import("../migrate-region.ts");
    const { settings } = cli;
    return forEachTarget(cli, async ({ config, region }): Promise<Answer> => {
      const done = await migrateRegion(config.regions[region]!.store, {
        region,
        admin: admin ?? settings.admin,
        logins: login.length > 0 ? login : settings.logins,
        dryRun,
      });
      const schemas = done.map(({ name, steps, granted }) => ({ name, steps, granted }));
      if (dryRun) {
        const sql = done.flatMap((one) => one.sql.map((statement) => `${statement};`));
        return { json: { dryRun, schemas, sql }, text: sql };
      }
      return {
        json: { dryRun, schemas },
        text: schemas.map(({ name, steps, granted }) => {
          const made = steps.length > 0 ? `ran ${steps.join(", ")}` : "up to date";
          return `${name}: ${made}${granted.length > 0 ? `; open to ${granted.join(", ")}` : ""}`;
        }),
      };
    });
  },
});
