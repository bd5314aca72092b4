/** The application's other systems: what they hold of a person, given out, erased, proved. */
export { checkSchema, whyUnfit } from "./check-schema.ts";
export type * from "./declaration.ts";
export { columnOf, declareTables, tableOf, type DeclaredAt } from "./declare.ts";
export { defineSource, type SourceInput } from "./define-source.ts";
export { inOrder, type Placed } from "./order.ts";
export { looksPersonal } from "./personal-names.ts";
export type * from "./schema.ts";
export * from "./source.ts";
export { changed, HASH_CHARACTERS, type ColumnValue } from "./strategies.ts";
export { causeOf } from "./failure.ts";
export * from "./pre-check.ts";
export type { SourcesWorld } from "./world.ts";
export * from "./gather.ts";
export { factsOf, knownSources, type KnownSource } from "./known.ts";
