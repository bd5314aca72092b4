import { commonCause, guarded, type Cause } from "../failure.ts";
import { Hostile } from "./place.ts";
import type { FilePlace } from "./rules.ts";

/** Within its signal; what the file system says otherwise comes out as a failure of ours. */
export function guardedFiles<Value>(
  { source }: FilePlace,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  return guarded({ source, causeOf }, signal, work);
}

const CAUSES: Readonly<Record<string, Cause>> = {
  ENOENT: "unreachable",
  EACCES: "refused",
  EPERM: "refused",
  EROFS: "refused",
  ELOOP: "refused",
  EBUSY: "busy",
  EMFILE: "busy",
};

function causeOf(error: unknown, signal: AbortSignal): Cause {
  if (error instanceof Hostile) return "refused";
  const { code } = (error ?? {}) as { code?: unknown };
  return commonCause(error, signal) ?? (typeof code === "string" ? CAUSES[code] : null) ?? "failed";
}
