import type { Json } from "#kernel";

import { neverReturnedField, withoutNeverReturned, type Ban } from "./never-returned.ts";

/** Something that is held and not shown. */
export interface Withheld {
  /** Where: `content`, `metadata.password`, `data.notes`. */
  readonly field: string;
  /** `third-person`, a code of what is never returned, or a source's own word. */
  readonly reason: string;
  /** The article it rests on; `null` where a source did not say. */
  readonly law: string | null;
}

/** @source GDPR Art. 15(4), 20(4) (the rights of others) */
export const THIRD_PERSON = { reason: "third-person", law: "GDPR Art. 15(4)" } as const;

/**
 * A value without what is never returned. Fields are judged by their name, texts by what they hold;
 * what a hidden field holds is not looked at.
 */
export function screened(
  value: Json,
  field: string,
  ban: Ban,
): { readonly value: Json; readonly withheld: readonly Withheld[] } {
  const withheld: Withheld[] = [];
  const screen = (part: Json, path: string): Json => {
    if (typeof part === "string") {
      const { text, found } = withoutNeverReturned(part, ban);
      withheld.push(...found.map((kind) => ({ field: path, reason: kind, law: ban.law })));
      return text;
    }
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map((each: Json) => screen(each, path));
    const shown: [string, Json][] = [];
    for (const [name, inner] of Object.entries(part as { [name: string]: Json | undefined })) {
      const kind = neverReturnedField(name, ban);
      const empty = inner === undefined || inner === null;
      if (kind === null || empty) shown.push([name, screen(inner ?? null, `${path}.${name}`)]);
      else withheld.push({ field: `${path}.${name}`, reason: kind, law: ban.law });
    }
    // Not by assignment: a field may be called `__proto__`.
    return Object.fromEntries(shown);
  };
  return { value: screen(value, field), withheld };
}

/**
 * Whether a memory was said by somebody else. A name counts as the person's own when it is the one
 * that the directory has for them, or one that they are known to go by.
 */
export function isAnothers(
  { role, speaker }: { readonly role: string | null; readonly speaker: string | null },
  names: ReadonlySet<string>,
): boolean {
  return (role === null || role === "user") && speaker !== null && !names.has(nameKey(speaker));
}

/** A name as it is compared: `Ada `, `ada` and `ADA` are one. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}
