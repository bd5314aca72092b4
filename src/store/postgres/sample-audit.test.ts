/** Audit stores over a database of their own, for the tests of this engine. */
import { openAuditLog, openNotary, sealEntry, type Append, type Draft, type Effect } from "#audit";
import { randomIds, word, type EpochMs, type SubjectId } from "#kernel";

import { administer, testDatabase, type PostgresServer } from "../../../test/support/postgres.ts";
import { openAuditStore } from "./audit-store.ts";
import { migrate } from "./migrate.ts";
import { openNotaryStore } from "./notary-store.ts";
import { SCHEMAS } from "./schemas.ts";

export const NOW = 1_800_000_000_000 as EpochMs;
export const clock = { now: () => NOW };
export const region = "eu";
export const SCHEMA = `"oubli_${region}_audit"`;

export function draft(t: Draft["t"], subject: SubjectId | null, facts: Draft["facts"] = {}): Draft {
  const actor = { kind: "app", id: word("app"), roles: [] } as const;
  return { t, tenant: word("acme"), region: word(region), actor, subject, facts };
}

/** An entry of `t` about a subject, decided at its gate's number `seq`. */
export function item(
  log: Append["log"],
  t: Draft["t"],
  { subject, seq, effects = [] }: { subject: SubjectId; seq: number; effects?: readonly Effect[] },
): Append {
  const entries = [sealEntry(draft(t, subject), { clock, ids: randomIds })];
  return { log, entries, check: { subject, seq, policySeq: 0, notAfter: null }, effects };
}

export function beginErasure(subject: SubjectId): Effect {
  const id = randomIds.next("erasure");
  const plan = { nodes: null, held: [], remake: [], startedAt: NOW };
  const row = { subject, id, kind: "erase", reason: word("asked"), tenant: word("acme"), ...plan };
  const lease = { holder: randomIds.next("lease"), now: NOW, until: (NOW + 1000) as EpochMs };
  return { kind: "erasure.begin", row, lease } as Effect;
}

/** A database with both schemas, and ways into it. */
export async function sampleAudit(server?: PostgresServer, accessLogs = 1) {
  const place = await testDatabase(server);
  await migrate({ url: place.adminUrl, region, schemas: SCHEMAS, logins: [place.login] });
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Closes extends { close(): Promise<void> }>(one: Closes): Closes => {
    opened.push(one);
    return one;
  };
  const where = { url: place.url, region, accessLogs };
  return {
    place,
    /** As a database administrator: row-level security and grants do not hold one back. */
    attack: (...statements: readonly string[]) =>
      administer(place.adminUrl, `SET search_path TO ${SCHEMA}`, ...statements),
    store: async () => keep(await openAuditStore(where)),
    async log() {
      const store = keep(await openAuditStore(where));
      const notary = await openNotary(keep(await openNotaryStore(where)), region, store.logs);
      return {
        store,
        notary,
        log: keep(await openAuditLog({ store, notary, clock, ids: randomIds })),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened.reverse()) await one.close();
      await place[Symbol.asyncDispose]();
    },
  };
}
