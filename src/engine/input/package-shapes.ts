import type { Writable } from "node:stream";

import { z } from "zod";

import { callback, identifiers, instant, strict, text } from "./fields.ts";

const PATH_BYTES_MAX = 4096;

/** Whom a package is about, in the words of those who know them. */
const person = {
  names: z.array(text(256)).max(32).readonly().optional(),
  identifiers: identifiers.optional(),
};

export const packageShapes = {
  path: text(PATH_BYTES_MAX).refine((value) => !value.includes("\0"), "a path without NUL"),
  package: strict({ ...person, onProgress: callback.optional() }),
  keep: strict({ ...person, expires: instant.optional() }),
  link: text(256),
  /** Bytes have a `write`, too. */
  sink: z.custom<Writable>(
    (value) => value instanceof Object && "write" in value && "once" in value,
    "a stream that takes bytes",
  ),
} as const;
