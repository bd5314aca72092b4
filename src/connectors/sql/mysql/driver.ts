import { OubliError, word } from "#kernel";

type Driver = typeof import("mysql2/promise");

/**
 * Loads `mysql2` when the first call is made: who has no MySQL or MariaDB never needs it.
 *
 * @throws {OubliError} `DEPENDENCY_MISSING`.
 */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import("mysql2/promise");
  } catch (error) {
    throw new OubliError("DEPENDENCY_MISSING", { package: word("mysql2") }, error);
  }
}
