import { isOubliError, OubliError, word } from "#kernel";

/** A failure of the file system as ours: its message holds a path. */
export function fileError(error: unknown): unknown {
  if (isOubliError(error) || !(error instanceof Error) || !("code" in error)) return error;
  const details = { folder: word("backup") };
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new OubliError("STORE_FULL", details, error);
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return new OubliError("STORE_READ_ONLY", details, error);
  }
  return new OubliError("STORE_UNAVAILABLE", details, error);
}
