import { describe, isCode, OubliError, pathWord, word, type Detail, type Word } from "#kernel";

/** A rejection that can be mended without asking: which field, what was given, what is accepted. */
export function configError(
  path: readonly PropertyKey[],
  given: unknown,
  accepted: Detail,
): OubliError<"CONFIG_INVALID"> {
  return new OubliError("CONFIG_INVALID", {
    field: pathWord(path.length === 0 ? ["config"] : path),
    given: shown(given),
    accepted,
  });
}

/** A field of no such name: its value is none of what is accepted. */
export function undeclaredError(path: readonly PropertyKey[], accepted: Detail) {
  return new OubliError("CONFIG_INVALID", {
    field: pathWord(path),
    given: word("an undeclared field"),
    accepted,
  });
}

/** Numbers and codes as they are; everything else by its kind and size. */
function shown(given: unknown): Detail {
  if (typeof given === "number" || typeof given === "boolean") return given;
  return isCode(given) ? given : describe(given);
}

/** Text that this room wrote itself. */
export function written(text: string): Word {
  return text as Word;
}
