import { z } from "zod";

import { callback, identifiers, instant, path, sink, strict, text } from "./fields.ts";

/** Whom a package is about, in the words of those who know them. */
const person = {
  names: z.array(text(256)).max(32).readonly().optional(),
  identifiers: identifiers.optional(),
};

export const packageShapes = {
  path,
  package: strict({ ...person, onProgress: callback.optional() }),
  keep: strict({ ...person, expires: instant.optional() }),
  link: text(256),
  sink,
} as const;
