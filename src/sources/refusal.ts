import { OubliError, pathWord, type Word } from "#kernel";

/** `CONFIG_INVALID` with the field, what was given and what is accepted, in words of this code. */
export function refusal(
  path: readonly PropertyKey[],
  given: string,
  accepted: string,
): OubliError<"CONFIG_INVALID"> {
  return new OubliError("CONFIG_INVALID", {
    field: pathWord(path),
    given: given as Word,
    accepted: accepted as Word,
  });
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}
