import { createHmac, type KeyObject } from "node:crypto";

import type { ColumnStrategy } from "./declaration.ts";

/** As a column holds it. */
export type ColumnValue = string | number | bigint | boolean | Date | Uint8Array | null;

/** 96 bits in hexadecimal: equal values stay equal, and no two others meet. */
export const HASH_CHARACTERS = 24;

/**
 * What takes a value's place when the person goes.
 *
 * @param salt Random, made for one erasure and kept nowhere: without it a hash can be compared with
 *   no guess, not even by whoever made it.
 */
export function changed(
  value: ColumnValue,
  strategy: ColumnStrategy,
  salt: KeyObject,
): ColumnValue {
  if (strategy.strategy === "preserve" || value === null) return value;
  switch (strategy.strategy) {
    case "null":
      return null;
    case "constant":
      return strategy.value;
    case "salted-hash":
      return hashed(value, salt);
    case "generalise":
      return generalised(value, strategy.to);
  }
}

function hashed(value: Exclude<ColumnValue, null>, salt: KeyObject): string {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(textOf(value), "utf8");
  return createHmac("sha256", salt).update(bytes).digest("hex").slice(0, HASH_CHARACTERS);
}

function textOf(value: Exclude<ColumnValue, null | Uint8Array>): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

type To = Extract<ColumnStrategy, { strategy: "generalise" }>["to"];

function generalised(value: Exclude<ColumnValue, null>, to: To): ColumnValue {
  if (to === "year" || to === "month") return startOf(value, to);
  if ("characters" in to) return Array.from(String(value)).slice(0, to.characters).join("");
  const number = Number(value);
  return Number.isFinite(number) ? Math.floor(number / to.step) * to.step : null;
}

/** A time's year or month, at its first instant in UTC; `null` for what is no time. */
function startOf(value: Exclude<ColumnValue, null>, to: "year" | "month"): ColumnValue {
  const at = new Date(
    value instanceof Date ? value : typeof value === "number" ? value : `${value}`,
  );
  if (Number.isNaN(at.getTime())) return null;
  const start = new Date(Date.UTC(at.getUTCFullYear(), to === "year" ? 0 : at.getUTCMonth(), 1));
  if (value instanceof Date) return start;
  return typeof value === "number" ? start.getTime() : start.toISOString().slice(0, 10);
}
