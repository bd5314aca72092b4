import { describe, isCode, oddPart, OubliError, pathWord, type Word } from "#kernel";
import { parseDuration } from "#policy";
import * as z from "zod";

import type { Collection, CollectionInput, Declaration, DeclarationInput } from "./declaration.ts";
import { IDENTIFIER_KIND } from "./identifier-kind.ts";
import { inOrder } from "./order.ts";
import { valueAt } from "./refusal.ts";
import { TIERS } from "./source.ts";

/** As SQL takes it without quotes, and with a schema before it: nothing that could be more. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_$ -]{0,62}$/;

const code = text(isCode, "a code: a-z 0-9 _ -, at most 64 characters");
const table = text((value) => NAME.test(value), "a table's name");
const column = text((value) => COLUMN.test(value), "a column's name");
const kind = text(
  (value) => IDENTIFIER_KIND.test(value),
  "subject | externalId | an identifier's kind",
);
const duration = text(
  (value) => parseDuration(value) !== null,
  "an ISO 8601 duration, such as P10Y",
);
const scalar = z.union([z.string().max(1000), z.number(), z.boolean()]);

const generalised = z.union([
  z.enum(["year", "month"]),
  z.strictObject({ step: z.number().positive() }),
  z.strictObject({ characters: z.number().int().min(0).max(64) }),
]);

const columnStrategy = z.discriminatedUnion("strategy", [
  z.strictObject({ strategy: z.literal("null") }),
  z.strictObject({ strategy: z.literal("constant"), value: scalar }),
  z.strictObject({ strategy: z.literal("salted-hash") }),
  z.strictObject({ strategy: z.literal("generalise"), to: generalised }),
  z.strictObject({ strategy: z.literal("preserve"), ground: code, keepFor: duration }),
]);

const columns = z.record(column, columnStrategy);

const rowStrategy = z.union([
  z.literal("delete").transform(() => ({ strategy: "delete" as const })),
  z.discriminatedUnion("strategy", [
    z.strictObject({ strategy: z.literal("delete") }),
    z.strictObject({
      strategy: z.literal("tombstone"),
      mark: z.strictObject({ column, value: scalar }),
      columns,
    }),
    z.strictObject({ strategy: z.literal("columns"), columns }),
    z.strictObject({ strategy: z.literal("preserve"), ground: code, keepFor: duration }),
  ]),
]);

const reference = text(
  (value) => value.includes(".") && NAME.test(tableOf(value)) && COLUMN.test(columnOf(value)),
  "a table and a column, such as orders.id",
);

const collection = z.strictObject({
  identity: z.record(column, kind).default({}),
  references: z.record(column, reference).default({}),
  category: code,
  key: z.array(column).min(1).max(16).default(["id"]),
  access: z.array(column).max(1000).default([]),
  withheld: z.record(column, code).default({}),
  erase: rowStrategy,
  anonymise: columns.optional(),
  anchor: column.optional(),
  maxAge: duration.optional(),
  tier: z.enum(TIERS).optional(),
  eraseAfter: z.array(table).max(64).default([]),
});

const shape = z.record(table, collection);

/** What an error of a declaration names. */
export interface DeclaredAt {
  /** The source's name. */
  readonly source: string;
  /** The file that it was read from; its last part, as configuration. */
  readonly file?: string;
}

/**
 * Checks a system's tables: each leads to a person, and there is an order to erase them in.
 *
 * @throws {OubliError} `CONFIG_INVALID` with the file, the field, what was given and is accepted.
 */
export function declareTables(input: DeclarationInput, at: DeclaredAt): Declaration {
  const odd = oddPart(input, { depth: 6, dates: false });
  if (odd) throw refusal(at, odd.path, "no plain data", "plain data");
  const parsed = shape.safeParse(input);
  if (!parsed.success) throw issueError(at, input, parsed.error.issues[0]!);
  const names = Object.keys(parsed.data);
  if (names.length === 0) throw refusal(at, [], "no table", "at least one table");
  const collections = Object.fromEntries(
    names.map((name) => [name, resolve(at, name, parsed.data[name] as Parsed)]),
  );
  refuseUnreachable(at, collections);
  const order = inOrder(
    Object.values(collections).map((one) => ({ ...one, eraseAfter: waitsFor(one, collections) })),
    ["sources", at.source, "tables"],
  );
  return {
    collections,
    order: order.map((wave) => wave.map(({ name }) => collections[name]!)),
  };
}

/** The table of a reference such as `orders.id`, or `shop.orders.id` with a schema. */
export function tableOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("."));
}

export function columnOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(".") + 1);
}

type Parsed = Omit<CollectionInput, "erase" | "tier"> &
  Required<Pick<Collection, "identity" | "references" | "key" | "access" | "withheld" | "erase">> &
  Pick<Collection, "eraseAfter"> & { readonly tier?: Collection["tier"] };

function resolve(at: DeclaredAt, name: string, given: Parsed): Collection {
  const { identity, references, access, withheld, key, erase, anonymise, anchor, maxAge } = given;
  if (Object.keys(identity).length + Object.keys(references).length === 0) {
    throw refusal(at, [name, "identity"], "nothing", "an identity column, or a reference to one");
  }
  const both = access.find((one) => Object.hasOwn(withheld, one));
  if (both !== undefined) throw refusal(at, [name, "withheld", both], both, "not in access, too");
  if (maxAge !== undefined && anchor === undefined) {
    throw refusal(at, [name, "anchor"], "nothing", "a column of a time, since there is a maxAge");
  }
  refuseKeyChange(at, name, { key, erase, anonymise: anonymise ?? null });
  const reached = Object.keys(identity).length === 0;
  return {
    name,
    identity,
    references,
    category: given.category,
    key,
    access,
    withheld,
    erase,
    anonymise: anonymise ?? null,
    anchor: anchor ?? null,
    maxAge: maxAge ?? null,
    tier: given.tier ?? (reached ? "dependent" : "primary"),
    eraseAfter: given.eraseAfter,
  };
}

/** A key that changes under way could not be found again after a crash. */
function refuseKeyChange(
  at: DeclaredAt,
  name: string,
  { key, erase, anonymise }: Pick<Collection, "key" | "erase" | "anonymise">,
): void {
  const changed = [
    ...("columns" in erase ? Object.entries(erase.columns) : []),
    ...Object.entries(anonymise ?? {}),
  ].find(([one, { strategy }]) => key.includes(one) && strategy !== "preserve");
  if (changed) throw refusal(at, [name, "erase", changed[0]], changed[0], "no column of the key");
}

/** Follows references from the tables that hold an identity, backwards. */
function refuseUnreachable(at: DeclaredAt, all: Readonly<Record<string, Collection>>): void {
  const list = Object.values(all);
  for (const { name, references } of list) {
    for (const [from, to] of Object.entries(references)) {
      if (Object.hasOwn(all, tableOf(to))) continue;
      const known = Object.keys(all).sort().join(" | ");
      throw refusal(at, [name, "references", from], to, `a column of ${known}`);
    }
  }
  const reached = new Set(
    list.filter(({ identity }) => Object.keys(identity).length > 0).map(({ name }) => name),
  );
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const { name, references } of list) {
      if (Object.values(references).some((to) => reached.has(tableOf(to)))) reached.add(name);
    }
  }
  const lost = list.find(({ name }) => !reached.has(name));
  if (lost) {
    const accepted = "a way to a table with an identity column";
    throw refusal(at, [lost.name, "references"], "no way to a person", accepted);
  }
}

/**
 * A table goes after every one that points to it: while rows point to it a database may refuse,
 * and behind it they could not be found any more. One that points to itself waits for nothing.
 */
function waitsFor(
  { name, eraseAfter }: Collection,
  all: Readonly<Record<string, Collection>>,
): readonly string[] {
  const dependents = Object.values(all).filter(
    (other) =>
      other.name !== name && Object.values(other.references).some((to) => tableOf(to) === name),
  );
  return [...new Set([...eraseAfter, ...dependents.map((other) => other.name)])];
}

function issueError(at: DeclaredAt, input: unknown, outer: z.core.$ZodIssue): OubliError {
  const issue = furthest(outer);
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const given = unknown.length > 0 ? "an undeclared field" : describe(valueAt(input, issue.path));
  return refusal(at, [...issue.path, ...unknown], given, acceptedBy(issue));
}

/** In a choice of shapes: the complaint of the one that fits best. */
function furthest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const [inner] = issue.errors
    .flatMap((issues) => issues.slice(0, 1))
    .sort((left, right) => right.path.length - left.path.length);
  if (inner === undefined || inner.path.length === 0) return issue;
  return furthest({ ...inner, path: [...issue.path, ...inner.path] });
}

function acceptedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return "only the fields of a declaration";
  if (issue.code === "invalid_key" && issue.issues[0]) return acceptedBy(issue.issues[0]);
  if (issue.code === "invalid_value") return issue.values.map(String).join(" | ");
  if (issue.code === "invalid_union") {
    const strategy = issue.path.includes("erase") || issue.path.includes("anonymise");
    return strategy ? "a strategy and its fields: docs/how-to/sources.md" : "another value";
  }
  return issue.code === "custom" ? issue.message : issue.message.replace(/^.*expected /, "");
}

function text(holds: (value: string) => boolean, accepted: string) {
  return z.string(accepted).refine(holds, accepted);
}

function refusal(
  { source, file }: DeclaredAt,
  path: readonly PropertyKey[],
  given: string,
  accepted: string,
): OubliError {
  return new OubliError("CONFIG_INVALID", {
    ...(file === undefined ? {} : { file: fileWord(file) }),
    field: soundPath(["sources", source, "tables", ...path]),
    given: given as Word,
    accepted: accepted as Word,
  });
}

/** As far as it is made of names: what a caller wrote in the place of one stays out of errors. */
function soundPath(path: readonly PropertyKey[]): Word {
  const field = pathWord(path);
  return field === UNSOUND && path.length > 1 ? soundPath(path.slice(0, -1)) : field;
}

const UNSOUND = pathWord([" "]);

/** A file's own name: the folders before it may be somebody's. */
function fileWord(file: string): Word {
  return pathWord([file.replace(/^.*[\\/]/, "")]);
}
