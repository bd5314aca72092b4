/** The application's other systems: what they hold of a person, given out, erased, proved. */
export * from "./source.ts";
