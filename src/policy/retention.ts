import { OubliError, type EpochMs } from "#kernel";

import type { CategoryId } from "./categories.ts";
import { addDuration, durationBoundsMs, parseDuration, type Duration } from "./duration.ts";
import type { NodeFacts } from "./node-facts.ts";
import { purposeOf, type Policy } from "./policy.ts";

/** A parsed retention, with bounds that spare most nodes the calendar. */
export interface Retention {
  readonly duration: Duration;
  readonly leastMs: number;
  readonly mostMs: number;
}

export interface Retentions {
  readonly purposes: ReadonlyMap<string, Retention>;
  readonly categories: ReadonlyMap<string, Retention>;
}

/** What a new memory is about to be. */
export interface ExpiryRequest {
  readonly purposes: readonly string[];
  readonly categories: readonly CategoryId[];
  readonly createdAt: EpochMs;
  /** An end that the caller asks for. It shortens, and never lengthens. */
  readonly requested?: EpochMs | null;
}

/**
 * When a new memory ends: at the latest end among the purposes that may hold all its categories,
 * but no later than any of its categories allows, nor than was asked for. `null`: no end.
 *
 * A special category always has an end, or a purpose whose configuration says in words why not.
 *
 * @throws {OubliError} `PURPOSE_UNKNOWN` for a purpose that is not declared.
 * @source GDPR Art. 5(1)(e) (storage limitation)
 */
export function expiryOf(request: ExpiryRequest, policy: Policy): EpochMs | null {
  if (request.purposes.some((name) => purposeOf(policy, name) === null)) {
    throw new OubliError("PURPOSE_UNKNOWN");
  }
  return endOf({ ...request, expiresAt: request.requested ?? null }, policy);
}

/**
 * When a stored memory ends under the policy in force: its stored end, or an earlier one that the
 * policy has come to ask for.
 */
export function endOf(node: NodeFacts, policy: Policy): EpochMs | null {
  const { categories } = retentionsOf(policy);
  let end = earlier(node.expiresAt, purposesEnd(node, policy));
  for (const category of node.categories)
    end = earlier(end, endAfter(node, categories.get(category)));
  return end;
}

/**
 * When a stored memory ends for one purpose under the policy in force: what is made from it for
 * that purpose must not outlive this.
 */
export function endForPurpose(node: NodeFacts, purpose: string, policy: Policy): EpochMs | null {
  return earlier(endOf(node, policy), endFor(node, purpose, retentionsOf(policy)));
}

/** When a memory ends for one purpose. */
export function endFor(node: NodeFacts, purpose: string, retentions: Retentions): EpochMs | null {
  let end = earlier(node.expiresAt, endAfter(node, retentions.purposes.get(purpose)));
  for (const category of node.categories) {
    end = earlier(end, endAfter(node, retentions.categories.get(category)));
  }
  return end;
}

/** Whether a retention is over at `at`. Makes no object for a node that is far from its end. */
export function isOver(retention: Retention, createdAt: EpochMs, at: EpochMs): boolean {
  const age = at - createdAt;
  if (age < retention.leastMs) return false;
  return age >= retention.mostMs || addDuration(createdAt, retention.duration) <= at;
}

/** Every retention that a policy names, parsed once. */
export function retentionsOf(policy: Policy): Retentions {
  let retentions = parsed.get(policy);
  if (retentions === undefined) {
    const purposes = Object.entries(policy.purposes).map(
      ([name, purpose]) => [name, purpose.retention] as const,
    );
    retentions = {
      purposes: parsedRetentions(purposes),
      categories: parsedRetentions(Object.entries(policy.retention)),
    };
    parsed.set(policy, retentions);
  }
  return retentions;
}

/** The earlier of two ends, where `null` is no end. */
export function earlier(left: EpochMs | null, right: EpochMs | null): EpochMs | null {
  if (left === null) return right;
  return right === null || left <= right ? left : right;
}

const parsed = new WeakMap<Policy, Retentions>();

function parsedRetentions(
  entries: Iterable<readonly [string, string | null]>,
): ReadonlyMap<string, Retention> {
  const retentions = new Map<string, Retention>();
  for (const [name, text] of entries) {
    const duration = text === null ? null : parseDuration(text);
    if (duration === null) continue;
    const { least, most } = durationBoundsMs(duration);
    retentions.set(name, { duration, leastMs: least, mostMs: most });
  }
  return retentions;
}

/** A purpose that may not hold the node's categories does not keep it alive, if another may. */
function purposesEnd(node: NodeFacts, policy: Policy): EpochMs | null {
  const declared = node.purposes.filter((name) => purposeOf(policy, name) !== null);
  const holding = declared.filter((name) => {
    const allowed: readonly string[] = purposeOf(policy, name)!.categories ?? [];
    return node.categories.every((category) => allowed.includes(category));
  });
  const { purposes } = retentionsOf(policy);
  const counted = holding.length > 0 ? holding : declared;
  const ends = counted.map((name) => endAfter(node, purposes.get(name)));
  if (ends.length === 0 || ends.includes(null)) return null;
  return Math.max(...(ends as EpochMs[])) as EpochMs;
}

function endAfter(node: NodeFacts, retention: Retention | undefined): EpochMs | null {
  return retention === undefined ? null : addDuration(node.createdAt, retention.duration);
}
