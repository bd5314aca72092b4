import type { KeyObject } from "node:crypto";

import type { Json } from "#kernel";
import { changed, HASH_CHARACTERS, type ColumnStrategy, type ColumnValue } from "#sources";

/**
 * What a column holds when the strategy was carried out on `value`; equal to `value` when it was
 * already.
 */
export function next(
  value: unknown,
  type: string,
  strategy: ColumnStrategy,
  salt: KeyObject,
): ColumnValue {
  const given = value as ColumnValue;
  if (strategy.strategy !== "generalise" || typeof value !== "string" || type !== "time") {
    return changed(given, strategy, salt);
  }
  const start = changed(instantOf(value), strategy, salt);
  return start instanceof Date ? inStyleOf(value, start) : null;
}

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?(?:[zZ]|([+-]\d\d)(?::?(\d\d))?)?$/;

/** A text without a zone is UTC here, on every machine. */
function instantOf(value: string): Date | null {
  const [, day, time = "00:00", hours = "+00", minutes = "00"] = TIME.exec(value) ?? [];
  if (day === undefined) return null;
  const at = new Date(`${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** As long as it was: a database's `date` stays one, and an equal instant is an equal text. */
function inStyleOf(value: string, at: Date): string {
  const digits = at.toISOString().replaceAll(/\D/g, "");
  const zone = /^(?:.{10,})([+-])\d\d(?::?\d\d)?$/.exec(value.slice(0)) === null ? null : "+";
  let used = 0;
  const text = value.replaceAll(/\d/g, () => {
    used += 1;
    return used > DAY_DIGITS ? "0" : digits[used - 1]!;
  });
  return zone === null ? text : text.replace(/-(?=[\d:]*$)/, zone);
}

/** Year, month and day; what follows begins a day, and is zero. */
const DAY_DIGITS = 8;

/** Whether a column holds what the strategy leaves; of a hash, whether it looks like one. */
export function isSettled(
  value: unknown,
  type: string,
  strategy: ColumnStrategy,
  salt: KeyObject,
): boolean {
  if (value === null || strategy.strategy === "preserve") return true;
  if (strategy.strategy === "salted-hash") return looksHashed(value);
  return same(value, next(value, type, strategy, salt));
}

const HASHED = new RegExp(`^[0-9a-f]{${HASH_CHARACTERS}}$`);

const looksHashed = (value: unknown): boolean => typeof value === "string" && HASHED.test(value);

/** Databases have no truths of their own, some of them, and write numbers as texts. */
export function same(value: unknown, other: ColumnValue): boolean {
  if (value === other) return true;
  if (value === null || other === null) return false;
  if (typeof other === "boolean") return Number(value) === Number(other);
  if (typeof other === "number" || typeof other === "bigint")
    return Number(value) === Number(other);
  return !(value instanceof Uint8Array) && String(value) === String(other);
}

/** A column's value in a person's package. */
export function shown(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "object" ? (value as Json) : (value as boolean);
}
