import { OubliError, type Word } from "#kernel";

import type { Analytics } from "./analytics.ts";
import type { CategoryId } from "./categories.ts";
import type { Codes } from "./codes.ts";
import type { Controller } from "./controller.ts";
import type { LawChanges } from "./law-changes.ts";
import { combinePacks, type EffectiveRules, type Pack } from "./pack.ts";
import type { Hosts, Processor } from "./processor.ts";
import type { Purpose } from "./purpose.ts";
import type { SourceFacts } from "./source-facts.ts";
import type { StandingTransfer } from "./standing-transfers.ts";

/**
 * What a configuration rules: plain JSON, frozen, without one file path in it. Two installations
 * with the same policy have the same digest.
 */
export interface Policy {
  readonly version: 1;
  /** Oubli's own first, then the configured ones. */
  readonly packs: readonly Pack[];
  readonly regions: Readonly<Record<string, PolicyRegion>>;
  readonly purposes: Readonly<Record<string, Purpose>>;
  /** Absent where none is configured: a policy without any keeps the digest that it had. */
  readonly processors?: Readonly<Record<string, Processor>>;
  /** Beside the built-in ones; absent where none is configured. */
  readonly codes?: Codes;
  /** Absent where none is configured. */
  readonly transfers?: readonly StandingTransfer[];
  /** The longest that a category is kept, whatever its purposes say: ISO 8601 durations. */
  readonly retention: Readonly<Partial<Record<CategoryId, string>>>;
  /** Absent where none is configured. */
  readonly controller?: Controller;
  /** The systems that hold people's data, as they were last given; absent where there are none. */
  readonly sources?: Readonly<Record<string, SourceFacts>>;
  /** Absent where none is configured. */
  readonly law?: LawChanges;
  /** Absent where nothing is counted. */
  readonly analytics?: Analytics;
}

export interface PolicyRegion {
  readonly jurisdictions: readonly Word[];
  /** Whether HIPAA binds the people who live in it. */
  readonly hipaaCovered: boolean;
  /** The hosts that are not the controller's own; absent where all of them are. */
  readonly hosts?: Hosts;
}

const combined = new WeakMap<Policy, EffectiveRules>();

/** The rules in force. */
export function rulesOf(policy: Policy): EffectiveRules {
  let rules = combined.get(policy);
  if (rules === undefined) combined.set(policy, (rules = combinePacks(policy.packs)));
  return rules;
}

/**
 * @throws {OubliError} `PURPOSE_UNKNOWN` with those that are declared.
 */
export function assertDeclared(policy: Policy, name: string): void {
  if (purposeOf(policy, name) !== null) return;
  const declared = Object.keys(policy.purposes).sort() as Word[];
  throw new OubliError("PURPOSE_UNKNOWN", { declared });
}

/** A declared purpose, or `null`. */
export function purposeOf(policy: Policy, name: string): Purpose | null {
  return Object.hasOwn(policy.purposes, name) ? policy.purposes[name]! : null;
}

/** A registered processor, or `null`. */
export function processorOf({ processors = {} }: Policy, name: string): Processor | null {
  return Object.hasOwn(processors, name) ? processors[name]! : null;
}

/** Whether data of these categories are protected health information in a region. */
export function isPhi(
  categories: readonly CategoryId[],
  { policy, region }: { policy: Policy; region: string },
): boolean {
  const covered = Object.hasOwn(policy.regions, region) && policy.regions[region]!.hipaaCovered;
  const phi: readonly string[] = rulesOf(policy).phiCategories.value ?? [];
  return covered && categories.some((category) => phi.includes(category));
}
