import type { DamagedRow } from "#audit";
import { isOubliError, OubliError, type Word } from "#kernel";

/**
 * Reads a list that a row holds as JSON.
 *
 * @throws {OubliError} `STORE_DAMAGED` naming the table: something else wrote it.
 */
export function jsonList<Item>(
  table: Word,
  text: string,
  isItem: (item: unknown) => boolean,
): Item[] {
  const value = jsonOf(table, text);
  if (!Array.isArray(value) || !value.every(isItem)) throw damaged(table);
  return value as Item[];
}

/** @throws {OubliError} `STORE_DAMAGED` naming the table. */
export function jsonObject<Value>(
  table: Word,
  text: string,
  isValue: (fields: Readonly<Record<string, unknown>>) => boolean,
): Value {
  const value = jsonOf(table, text);
  if (!isObject(value) || !isValue(value)) throw damaged(table);
  return value as Value;
}

/**
 * A row that was there from the first step on.
 *
 * @throws {OubliError} `STORE_DAMAGED` naming the table: somebody took it away, or called it else.
 */
export function onlyRow<Row>(table: Word, row: Row | undefined): Row {
  if (row === undefined) throw damaged(table);
  return row;
}

/** Reads one of many rows: a damaged one is named, and the others are read all the same. */
export function orDamaged<Row>(
  table: Word,
  row: unknown,
  read: (row: unknown) => Row,
): Row | DamagedRow {
  try {
    return read(row);
  } catch (error) {
    if (!isOubliError(error, "STORE_DAMAGED")) throw error;
    const { subject, id } = row as Pick<DamagedRow, "subject" | "id">;
    return { subject, id, damaged: table };
  }
}

export function isText(item: unknown): boolean {
  return typeof item === "string";
}

export function isTexts(item: unknown): boolean {
  return Array.isArray(item) && item.every(isText);
}

export function isObject(item: unknown): item is Readonly<Record<string, unknown>> {
  return typeof item === "object" && item !== null && !Array.isArray(item);
}

function jsonOf(table: Word, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(table, error);
  }
}

function damaged(table: Word, cause?: unknown): OubliError {
  return new OubliError("STORE_DAMAGED", { table }, cause);
}
