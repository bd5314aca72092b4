import { systemClock, type Clock, type Word } from "#kernel";
import {
  declareTables,
  defineSource,
  type Collection,
  type DeclarationInput,
  type Identity,
  type Source,
  type SourceCall,
  type SourceFinding,
} from "#sources";
import { sql, type RawBuilder } from "kysely";
import * as z from "zod";

import { failure } from "../failure.ts";
import { optionInvalid, parted, text, type CommonOptions } from "../options.ts";
import { furtherNames } from "../template.ts";
import { anonymising, erasing, type Act } from "./acts.ts";
import { carryOut } from "./carry-out.ts";
import { findings } from "./check.ts";
import { engineOf, URL_ACCEPTED } from "./engines.ts";
import { exported } from "./export.ts";
import { retentionOf } from "./retention.ts";
import { leftBehind } from "./verify.ts";
import { guarded, inSession, openSession, type SqlPlace } from "./session.ts";

export interface SqlSourceOptions extends CommonOptions {
  /** `sqlite:./app.db`, `postgres://`, `mysql://` or `mariadb://`. */
  readonly url: string;
  /** Its tables, and how each leads to a person. */
  readonly tables: DeclarationInput;
  /** The file that the tables were read from: errors name it. */
  readonly file?: string;
  /** Authorities that vouch for the server, in PEM. */
  readonly ca?: string;
}

const OPTIONS = {
  url: text((value) => value.length <= 4096 && value.isWellFormed(), URL_ACCEPTED),
  tables: z.custom<DeclarationInput>(
    (value) => typeof value === "object" && value !== null,
    "tables by name",
  ),
  file: z.string().min(1).max(4096).optional(),
  ca: z.string().min(1).optional(),
};

/** Tables of an SQL database. */
export function sqlSource(options: SqlSourceOptions, clock: Clock = systemClock): Source {
  const { common, own } = parted(options, OPTIONS);
  const engine = engineOf(own.url, own.ca ?? null);
  if (engine === null) throw optionInvalid(common.name, ["url"], own.url, URL_ACCEPTED);
  const at = { source: common.name, ...(own.file !== undefined && { file: own.file }) };
  const declaration = declareTables(own.tables, at);
  const place: SqlPlace = { source: common.name as Word, engine, declaration };
  const all = Object.values(declaration.collections);
  const retention = retentionOf(place);
  const identities = all.flatMap(externalIds);
  const identifiers = furtherNames(all.flatMap(({ identity }) => Object.values(identity)));
  const carried = (who: Identity, call: SourceCall, act: (collection: Collection) => Act) =>
    inSession(place, call.signal, (session) => carryOut(session, { who, act }));
  return defineSource({
    ...common,
    identifiers,
    check: (signal) => check(place, signal),
    export: (who, call) => exported(place, who, call),
    erase: (who, call) => carried(who, call, (one) => erasing(one, clock.now())),
    verify: (who, { signal }) =>
      inSession(place, signal, async (session) => ({
        remaining: await leftBehind(session, who, clock.now()),
      })),
    ...(all.some(({ anonymise }) => anonymise !== null) && {
      anonymise: (who, order, call) =>
        carried(who, call, (one) => anonymising(one, order, clock.now())),
    }),
    ...(identities.length > 0 && { identities: (signal) => listed(place, identities, signal) }),
    ...(retention.length > 0 && { retention }),
  });
}

async function check(place: SqlPlace, signal: AbortSignal): Promise<readonly SourceFinding[]> {
  try {
    return await inSession(place, signal, async (session) => findings(session));
  } catch (error) {
    const { reason } = failure(place.source, "failed", error).details;
    return [{ level: "error", code: reason as Word }];
  }
}

interface IdentityColumn {
  readonly table: string;
  readonly column: string;
}

function externalIds({ name, identity }: Collection): readonly IdentityColumn[] {
  return Object.entries(identity)
    .filter(([, kind]) => kind === "externalId")
    .map(([column]) => ({ table: name, column }));
}

const PAGE_NAMES = 1000;

/** Whom the tables hold; who stands in several of them comes several times. */
async function* listed(
  place: SqlPlace,
  columns: readonly IdentityColumn[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const session = await openSession(place, signal);
  try {
    for (const { table, column } of columns) {
      const name = session.engine.asText(sql.ref(`${table}.${column}`));
      for (let after: string | null = null; ;) {
        const beyond: RawBuilder<unknown> = after === null ? sql`` : sql`and ${name} > ${after}`;
        const query = sql<{ name: string }>`
          select distinct ${name} as name from ${sql.table(table)}
          where ${sql.ref(column)} is not null ${beyond}
          order by name limit ${sql.lit(PAGE_NAMES)}`;
        const { rows }: { rows: { name: string }[] } = await guarded(
          place,
          signal,
          query.execute(session.db),
        );
        for (const row of rows) yield row.name;
        if (rows.length < PAGE_NAMES) break;
        after = rows.at(-1)!.name;
      }
    }
  } finally {
    session.end();
  }
}
