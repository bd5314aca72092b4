import type { DatabaseSync } from "node:sqlite";

import type { MemoryStore } from "#memory";

import { changeStatements } from "./change-statements.ts";
import { openDatabase } from "./database.ts";
import { derivationStatements } from "./derivation-statements.ts";
import { inventoryStatement } from "./inventory-statement.ts";
import { endingStatements, memoryFenceStatements } from "./memory-fence-statements.ts";
import { memoryListStatements } from "./memory-list-statements.ts";
import { memoryPlanStatements } from "./memory-plan-statements.ts";
import { memoryPurge } from "./memory-purge.ts";
import { memoryReadStatements } from "./memory-read-statements.ts";
import { memoryResidue } from "./memory-residue.ts";
import { memorySchema } from "./memory-schema.ts";
import { memorySessionStatements } from "./memory-session-statements.ts";
import { expiryStatements, memoryWriteStatements } from "./memory-write-statements.ts";
import { replayFenceStatements } from "./replay-fence-statements.ts";

/**
 * The memory database of one region in one SQLite file.
 *
 * SQLite has one writer at a time, also between processes, so what a write checks holds until its
 * commit, and the change number of a subject grows by one for each write that changed something.
 *
 * Limits: `secure_delete` overwrites a removed row where it lies. A copy that SQLite left in the
 * free part of a page, when it split that page while the row was alive, stays until the page is
 * written again or the file is vacuumed. What is sealed in it has no key any more.
 */
export function openMemoryStore(path: string): MemoryStore {
  const database = openDatabase(path, memorySchema);
  const read = async <T>(work: () => T): Promise<T> => database.read(work);
  const write = <T>(work: () => T): Promise<T> => database.write(work);
  const changes = changeStatements(database.sql);
  const fences = memoryFenceStatements(database.sql);
  const endings = endingStatements(database.sql);
  const replays = replayFenceStatements(database.sql);
  const plans = memoryPlanStatements(database.sql);
  const derivations = derivationStatements(database.sql);
  const nodes = memoryReadStatements(database.sql);
  const inventory = inventoryStatement(database.sql);
  const listing = memoryListStatements(database.sql);
  const sessions = memorySessionStatements(database.sql);
  const writes = memoryWriteStatements(database.sql, { changes, fences, derivations });
  const purge = memoryPurge(database.sql, { changes, derivations });
  const endSooner = expiryStatements(database.sql);
  const residue = memoryResidue(database.sql);
  const applied = appliedStatements(database.sql);

  const session: MemoryStore["session"] = async (subject, tag, candidate) => {
    const find = () => (fences.isFenced(subject) ? "fenced" : sessions.find(subject, tag));
    // Most calls come with a thread that is known: they need no write, and so no flush to disk.
    const found = database.read(find);
    if (found !== null) return found;
    return write(() => find() ?? sessions.insert(subject, tag, candidate));
  };

  return {
    insert: (insert) => write(() => writes.insert(insert)),
    known: (subject, { replay, purposes, idempotency, now }) => {
      const events = replay.map((tag) => ({ tag, purposes }));
      return read(() => fences.refusal(subject, { replay: events, idempotency, now }));
    },
    nodesOfEvents: (subject, tags, purposes) =>
      read(() => fences.nodesOfEvents(subject, tags, purposes)),
    swap: (from, row) => write(() => writes.swap(from, row)),

    change: (subject) => read(() => changes.read(subject)),
    load: (subject, kinds, after) =>
      read(() => ({ change: changes.read(subject), rows: nodes.load(subject, kinds, after) })),
    heads: (subject, kinds) =>
      read(() => ({ change: changes.read(subject), heads: nodes.heads(subject, kinds) })),
    rows: (subject, wanted) => read(() => nodes.rows(subject, wanted)),
    erasable: (subject, wanted) => read(() => plans.erasable(subject, wanted)),
    list: (subject, filter, page) => read(() => listing.list(subject, filter, page)),
    derivations: (subject, side) => read(() => derivations.of(subject, side)),
    madeFrom: (subject, wanted, except) =>
      read(() => derivations.madeFrom(subject, wanted, except)),

    session,
    nextPosition: (subject, of) => read(() => nodes.nextPosition(subject, of)),

    fenceSubject: (subject, erasure) => write(() => fences.fence(subject, erasure)),
    isFenced: (subject) => read(() => fences.isFenced(subject)),
    purgeNodes: (subject, wanted, until) => write(() => purge.nodes(subject, wanted, until)),
    purgeSubject: (subject, batch) => write(() => purge.subject(subject, batch)),
    replayTags: (subject, page) => read(() => plans.replayTags(subject, page)),
    fenceReplays: (fences) => write(() => replays.put(fences)),
    residue: (subject, scope) => read(() => residue(subject, scope)),

    expired: (now, limit) => read(() => nodes.expired(now, limit)),
    endSooner: (subject, ends) => write(() => endSooner(subject, ends)),
    endFences: (now) => endAll(() => write(() => endings.end(now))),
    count: (subject) => read(() => nodes.count(subject)),
    inventory: (endedBy) => read(() => inventory(endedBy)),

    appliedLedgerIndex: () => read(() => applied.read()),
    setAppliedLedgerIndex: (index) => write(() => applied.set(index)),
    scrub: () => database.scrub(),
    close: () => database.close(),
  };
}

function appliedStatements(sql: DatabaseSync) {
  const select = sql.prepare("SELECT ledger_index AS ledgerIndex FROM applied");
  const update = sql.prepare("UPDATE applied SET ledger_index = max(ledger_index, ?)");
  return {
    read: (): number => (select.get() as { ledgerIndex: number }).ledgerIndex,
    set: (index: number): void => void update.run(index),
  };
}

/** Batch by batch, so that others write between them. */
async function endAll(
  end: () => Promise<{ readonly removed: number; readonly done: boolean }>,
): Promise<number> {
  for (let removed = 0; ;) {
    const ended = await end();
    removed += ended.removed;
    if (ended.done) return removed;
  }
}
