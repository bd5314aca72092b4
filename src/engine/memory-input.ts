import type { Word } from "#kernel";
import type { NewMemory } from "#memory";
import { purposeOf, type CategoryId } from "#policy";
import type { z } from "zod";

import { check, inputError, shapes, wordError } from "./input/index.ts";
import type { RememberInput } from "./options.ts";
import type { EngineWorld } from "./world.ts";

export type MemoryInput = z.output<typeof shapes.remember> & {
  readonly content: string;
  readonly role?: NewMemory["role"];
};

export function messagesOf(what: RememberInput): readonly Pick<MemoryInput, "content" | "role">[] {
  const given = check(shapes.remembered, what, "what");
  return typeof given === "string" ? [{ content: given }] : given;
}

export function memoryOf(
  { policy, clock }: EngineWorld,
  purposes: readonly string[],
  input: MemoryInput,
  position: number,
): NewMemory {
  const { content, role = null, speaker = null, metadata = null, source = null } = input;
  checkMetadata(policy, purposes, metadata);
  const now = clock.now();
  if (input.at !== undefined && input.at > now)
    throw inputError(["at"], input.at, "not later than now");
  if (input.expiresAt !== undefined && input.expiresAt <= now) {
    throw inputError(["expiresAt"], input.expiresAt, "later than now");
  }
  return {
    content,
    role,
    speaker,
    metadata,
    source,
    saidAt: input.at ?? null,
    categories: [categoryOf(policy, purposes, input.category as string | undefined)],
    expiresAt: input.expiresAt ?? null,
    position,
    deriver: null,
  };
}

/** Every key has to be declared by every purpose that it is stored for. */
function checkMetadata(
  policy: EngineWorld["policy"],
  purposes: readonly string[],
  metadata: NewMemory["metadata"],
): void {
  for (const key of Object.keys(metadata ?? {})) {
    for (const purpose of purposes) {
      const declared = purposeOf(policy, purpose)?.metadata ?? [];
      if (declared.includes(key as Word)) continue;
      const wanted = declared.join(" | ") || `no keys: purpose ${purpose} declares none`;
      throw wordError(["metadata"], key, wanted);
    }
  }
}

/** The given category; else the only one that the purpose has; else `other`, if it has that. */
function categoryOf(
  policy: EngineWorld["policy"],
  purposes: readonly string[],
  given: string | undefined,
): CategoryId {
  if (given !== undefined) return given as CategoryId;
  const allowed = purposeOf(policy, purposes[0]!)?.categories ?? [];
  if (allowed.length === 1) return allowed[0]!;
  // An undeclared purpose has none; the policy refuses it with its own words.
  if (allowed.length === 0 || allowed.some((id) => id === "other")) return "other" as CategoryId;
  throw inputError(["category"], undefined, allowed.join(" | "));
}
