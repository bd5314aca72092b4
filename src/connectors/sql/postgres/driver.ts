import { OubliError, word } from "#kernel";

type Driver = (typeof import("pg"))["default"];

/**
 * Loads `pg` when the first call is made: who has no PostgreSQL never needs it.
 *
 * @throws {OubliError} `DEPENDENCY_MISSING`.
 */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import("pg")).default;
  } catch (error) {
    throw new OubliError("DEPENDENCY_MISSING", { package: word("pg") }, error);
  }
}
