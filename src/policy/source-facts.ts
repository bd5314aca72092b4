import type { Word } from "#kernel";
import * as z from "zod";

import { configError, written } from "./config-error.ts";
import type { Policy } from "./policy.ts";
import { deepFreeze } from "./records.ts";
import { code, strict } from "./shapes.ts";

/**
 * What the store knows of a system that holds people's data: every process knows that it is there,
 * also one that has not its functions, and calls nothing complete without it.
 */
export interface SourceFacts {
  /** The controller whose people it holds. Default: `default`. */
  readonly tenant?: Word;
  readonly tier: Word;
  readonly eraseAfter: readonly Word[];
  readonly region: Word | null;
  readonly processor: Word | null;
  readonly backupsEnd: string | null;
  /** `export`, `erase`, …: what it can do. */
  readonly can: readonly Word[];
}

export type SourcesFacts = Readonly<Record<string, SourceFacts>>;

const facts = z.record(
  code,
  strict({
    tenant: code.optional(),
    tier: code,
    eraseAfter: z.array(code),
    region: code.nullable(),
    processor: code.nullable(),
    backupsEnd: z.string().max(32).nullable(),
    can: z.array(code),
  }),
);

/**
 * The policy with these systems in the place of those it had; without any, it has the digest of one
 * that never had them.
 */
export function withSources(policy: Policy, sources: SourcesFacts): Policy {
  const { sources: before, ...rest } = policy;
  if (Object.keys(sources).length === 0) return before === undefined ? policy : deepFreeze(rest);
  return deepFreeze({ ...rest, sources });
}

/** The systems that a stored policy knows, whatever else it says. */
export function sourcesIn(json: string): SourcesFacts {
  const { sources = {} } = JSON.parse(json) as { readonly sources?: unknown };
  return storedSources(sources);
}

/** @throws {OubliError} `CONFIG_INVALID` for a stored text that nothing of ours wrote. */
export function storedSources(value: unknown): SourcesFacts {
  const result = facts.safeParse(value);
  if (result.success) return result.data as unknown as SourcesFacts;
  throw configError(["policy", "sources"], value, written("sources as they were stored"));
}
