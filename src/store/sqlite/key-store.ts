import type { SubjectId } from "#kernel";
import type { KeyStore, NodeKeyRef } from "#keys";

import { openDatabase } from "./database.ts";
import { keyCaseStatements } from "./key-case-statements.ts";
import { keyDirectoryStatements } from "./key-directory-statements.ts";
import { keyEpochStatements } from "./key-epoch-statements.ts";
import { keyNodeStatements } from "./key-node-statements.ts";
import { keySchema } from "./key-schema.ts";
import { keyShredStatements } from "./key-shred-statements.ts";
import { keySubjectStatements } from "./key-subject-statements.ts";
import { keyEvidenceStatements, keyTagStatements } from "./key-tag-statements.ts";

/**
 * The keys database in one SQLite file. Each method is one transaction; SQLite has one writer at a
 * time, also between processes, so what a write asserts holds until its commit.
 *
 * `secure_delete` overwrites a deleted key in its page; {@link KeyStore.scrub} removes the copies
 * that the write-ahead log still holds.
 */
export function openKeyStore(path: string): KeyStore {
  const database = openDatabase(path, keySchema);
  const read = async <T>(work: () => T): Promise<T> => database.read(work);
  const write = <T>(work: () => T): Promise<T> => database.write(work);
  const epochs = keyEpochStatements(database.sql);
  const directory = keyDirectoryStatements(database.sql, epochs);
  const subjects = keySubjectStatements(database.sql);
  const nodes = keyNodeStatements(database.sql, subjects);
  const shreds = keyShredStatements(database.sql, epochs);
  const evidence = keyEvidenceStatements(database.sql, epochs);
  const tags = keyTagStatements(database.sql, epochs);
  const cases = keyCaseStatements(database.sql, epochs);

  function nodeKeys(subject: SubjectId, refs?: readonly NodeKeyRef[]) {
    const subjectKey = subjects.get(subject);
    return subjectKey === null ? null : { subjectKey, nodes: nodes.get(subject, refs) };
  }

  return {
    epochs: () => read(() => epochs.all()),
    beginEpoch: (next) => write(() => epochs.begin(next)),
    rowsUnder: (epoch) => read(() => epochs.rowsUnder(epoch)),
    endEpoch: (epoch, proof) => write(() => epochs.end(epoch, proof)),

    findSubject: (tenant, active, lookups) => read(() => directory.find(tenant, active, lookups)),
    registerSubject: (registration) => write(() => directory.register(registration)),
    directoryRow: (subject) => read(() => directory.row(subject)),
    forgetDirectoryRow: (subject) => write(() => directory.forget(subject)),
    subjects: (tenant, page) => read(() => subjects.page(tenant, page)),

    subjectKey: (subject) => read(() => subjects.get(subject)),
    insertNodeKeys: (subject, version, at, keys) =>
      write(() => nodes.insert(subject, version, at, keys)),
    nodeKeys: (subject, refs) => read(() => nodeKeys(subject, refs)),
    liveRefs: (subject, mintedBefore) => read(() => nodes.refs(subject, mintedBefore)),
    dropNodeKeys: (subject, refs) => write(() => nodes.drop(subject, refs)),

    shredNodes: (shred, refs) => write(() => shreds.nodes(shred, refs)),
    shredSubject: (shred, held) => write(() => shreds.subject(shred, held)),
    purgeSubject: (subject, limit) => write(() => shreds.purge(subject, limit)),
    fences: (subject) => read(() => shreds.fences(subject)),

    evidenceKey: (subject) => read(() => evidence.get(subject)),
    insertEvidenceKey: (row) => write(() => evidence.insert(row)),
    deleteEvidenceKey: (subject) => write(() => evidence.remove(subject)),
    tagKey: (tenant) => read(() => tags.get(tenant)),
    insertTagKey: (row) => write(() => tags.insert(row)),
    caseKey: (id) => read(() => cases.get(id)),
    insertCaseKey: (row) => write(() => cases.insert(row)),
    deleteCaseKey: (id) => write(() => cases.remove(id)),
    casesWithKey: (before, page) => read(() => cases.madeBefore(before, page)),

    subjectKeysUnder: (epoch, page) => read(() => subjects.under(epoch, page)),
    rewrapSubjectKeys: (moves) => write(() => subjects.rewrap(moves)),
    replaceSubjectKey: (replacement) => write(() => subjects.replace(replacement)),
    evidenceKeysUnder: (epoch, page) => read(() => evidence.under(epoch, page)),
    rewrapEvidenceKeys: (moves) => write(() => evidence.rewrap(moves)),
    tagKeysUnder: (epoch, page) => read(() => tags.under(epoch, page)),
    rewrapTagKeys: (moves) => write(() => tags.rewrap(moves)),
    caseKeysUnder: (epoch, page) => read(() => cases.under(epoch, page)),
    rewrapCaseKeys: (moves) => write(() => cases.rewrap(moves)),
    directoryRowsUnder: (epoch, page) => read(() => directory.under(epoch, page)),
    moveDirectoryRows: (moves) => write(() => directory.move(moves)),

    appliedLedgerIndex: () => read(() => epochs.applied()),
    setAppliedLedgerIndex: (index) => write(() => epochs.setApplied(index)),
    scrub: () => database.scrub(),
    close: () => database.close(),
  };
}
