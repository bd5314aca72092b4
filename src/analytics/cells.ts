import { OubliError, word, type Word } from "#kernel";
import type { Analytics, Policy } from "#policy";

const NOTHING: Analytics = { events: {}, milliEpsilonPerDay: 1000, perSession: 1, threshold: 20 };

/** What is counted: nothing, where nothing is configured. */
export function analyticsOf({ analytics = NOTHING }: Policy): Analytics {
  return analytics;
}

/** A value for each dimension of an event. */
export type Dimensions = Readonly<Record<string, string>>;

/** @throws {OubliError} `INPUT_INVALID` with the events that are declared. */
export function dimensionsOf({ events }: Analytics, event: string) {
  if (Object.hasOwn(events, event)) return events[event]!.dimensions;
  throw invalid("event", event, Object.keys(events).sort());
}

/**
 * The name of a cell: `language=de,plan=free`.
 *
 * @throws {OubliError} `INPUT_INVALID` for a dimension or a value that is not declared, or missing.
 */
export function cellOf(analytics: Analytics, event: string, given: Dimensions): Word {
  const declared = dimensionsOf(analytics, event);
  const names = Object.keys(declared).sort();
  const odd = Object.keys(given).find((name) => !names.includes(name));
  if (odd !== undefined) throw invalid("dimensions", odd, names);
  const parts = names.map((name) => {
    const value = Object.hasOwn(given, name) ? given[name]! : "nothing";
    if (!declared[name]!.includes(value)) throw invalid(name, value, declared[name]!);
    return `${name}=${value}`;
  });
  return parts.join(",") as Word;
}

/**
 * Every combination of the values of some dimensions, whether or not it was ever met.
 *
 * @throws {OubliError} `INPUT_INVALID` with the dimensions that are declared.
 */
export function everyCell(
  declared: Readonly<Record<string, readonly string[]>>,
  names: readonly string[],
): readonly Dimensions[] {
  const odd = names.find((name) => !Object.hasOwn(declared, name));
  if (odd !== undefined) throw invalid("by", odd, Object.keys(declared).sort());
  return names.reduce<readonly Dimensions[]>(
    (cells, name) =>
      cells.flatMap((cell) => declared[name]!.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
}

/** What {@link cellOf} named. */
export function readCell(cell: string): Dimensions {
  if (cell === "") return {};
  return Object.fromEntries(cell.split(",").map((part) => part.split("=") as [string, string]));
}

function invalid(field: string, given: string, accepted: readonly string[]): OubliError {
  return new OubliError("INPUT_INVALID", {
    field: field as Word,
    given: given as Word,
    accepted: accepted.length === 0 ? word("none") : (accepted as readonly Word[]),
  });
}
