/** The application's other systems: what they hold of a person, given out, erased, proved. */
export type * from "./declaration.ts";
export { columnOf, declareTables, tableOf, type DeclaredAt } from "./declare.ts";
export { defineSource, type SourceInput } from "./define-source.ts";
export { inOrder, type Placed } from "./order.ts";
export * from "./source.ts";
