import { postgres } from "#store";

import type { TestDatabase } from "./postgres.ts";

type Schemas = Parameters<typeof postgres.migrate>[0]["schemas"];

/** Makes a region's schemas; on a cluster memory and keys are spread over its nodes. */
export async function makeSchemas(
  { adminUrl: url, login, onNodes }: Pick<TestDatabase, "adminUrl" | "login" | "onNodes">,
  region: string,
  schemas: Schemas = postgres.SCHEMAS,
): Promise<void> {
  await postgres.migrate({ url, region, schemas, logins: [login] });
  if (onNodes) await postgres.distribute({ url, region, schemas });
}
