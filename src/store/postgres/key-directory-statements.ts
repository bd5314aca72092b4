import type { SubjectId } from "#kernel";
import type { DirectoryRow, Found, Page, Registered, Registration } from "#keys";

import { EVERY_SUBJECT, type Database } from "./database.ts";
import { hexText } from "./memory-row.ts";

const COLUMNS = "tenant, lookup, epoch, subject_id AS subject, sealed";

type Moves = readonly { readonly from: DirectoryRow; readonly to: DirectoryRow }[];

/** The directory, and the registration of a subject. A look-up is anybody's until it is found. */
export function keyDirectory(database: Database) {
  return {
    async findSubject(
      tenant: string,
      activeEpoch: number,
      lookups: readonly Uint8Array[],
    ): Promise<Found> {
      const text = `
        SELECT (SELECT epoch FROM epoch_key WHERE state = 'active') AS epoch,
          (SELECT subject_id FROM lookup WHERE lookup = ANY($2::bytea[]) AND tenant = $1
            LIMIT 1) AS subject`;
      const values = [tenant, lookups.map(hexText)];
      const [row] = await database.read<FoundRow>(EVERY_SUBJECT, { text, values });
      const { epoch, subject } = row!;
      if (epoch !== activeEpoch) return { outcome: "epoch-changed" };
      return subject === null ? { outcome: "absent" } : { outcome: "found", subject };
    },

    async registerSubject(entry: Registration): Promise<Registered> {
      const { tenant, subject, epoch, lookup, olderLookups, sealed, wrapped } = entry;
      const lookups = [lookup, ...olderLookups].map(hexText);
      const text = "SELECT register_subject($1, $2, $3, $4, $5::bytea[], $6, $7) AS subject";
      const values = [subject, tenant, epoch, lookup, lookups, sealed, wrapped];
      const [rows] = await database.write(EVERY_SUBJECT, [{ text, values }]);
      const known = rows![0]!["subject"] as SubjectId | null;
      if (known === null) return { outcome: "epoch-changed" };
      return known === subject ? { outcome: "created" } : { outcome: "found", subject: known };
    },

    async directoryRow(subject: SubjectId): Promise<DirectoryRow | null> {
      const text = `SELECT ${COLUMNS} FROM directory WHERE subject_id = $1`;
      const [row] = await database.read<DirectoryRow>(subject, { text, values: [subject] });
      return row ?? null;
    },

    async forgetDirectoryRow(subject: SubjectId): Promise<number> {
      const text = "SELECT coalesce(forget_directory_row($1), 0) AS epoch";
      const [rows] = await database.write(subject, [{ text, values: [subject] }]);
      return rows![0]!["epoch"] as number;
    },

    directoryRowsUnder(
      epoch: number,
      { after, limit }: Page<SubjectId>,
    ): Promise<readonly DirectoryRow[]> {
      const text = `
        SELECT ${COLUMNS} FROM directory WHERE epoch = $1 AND subject_id > $2
        ORDER BY subject_id LIMIT $3`;
      return database.read<DirectoryRow>(EVERY_SUBJECT, {
        text,
        values: [epoch, after ?? "", limit],
      });
    },

    async moveDirectoryRows(moves: Moves): Promise<void> {
      const text = `
        SELECT move_directory_rows($1::text[], $2::int[], $3::bytea[], $4::int[], $5::bytea[],
          $6::bytea[])`;
      const values = [
        moves.map(({ from }) => from.subject),
        moves.map(({ from }) => String(from.epoch)),
        moves.map(({ from }) => hexText(from.lookup)),
        moves.map(({ to }) => String(to.epoch)),
        moves.map(({ to }) => hexText(to.lookup)),
        moves.map(({ to }) => hexText(to.sealed)),
      ];
      await database.write(EVERY_SUBJECT, [{ text, values }]);
    },
  };
}

interface FoundRow {
  readonly epoch: number | null;
  readonly subject: SubjectId | null;
}
