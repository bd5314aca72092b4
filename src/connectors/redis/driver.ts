import { OubliError, word } from "#kernel";

type Driver = typeof import("redis");

/**
 * Loads `redis` when the first call is made: who has no Redis never needs it.
 *
 * @throws {OubliError} `DEPENDENCY_MISSING`.
 */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import("redis");
  } catch (error) {
    throw new OubliError("DEPENDENCY_MISSING", { package: word("redis") }, error);
  }
}
