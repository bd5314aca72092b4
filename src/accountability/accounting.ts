import { loggedAt, type Logged } from "#audit";
import { allDisclosures, type DisclosureRecord } from "#egress";
import { DAY_MS, word, type EpochMs, type SubjectId, type Word } from "#kernel";
import type { Caller } from "#memory";
import {
  addDuration,
  isPhi,
  parseDuration,
  processorOf,
  purposeOf,
  type CategoryId,
  type PhiUse,
} from "#policy";

import type { AccountabilityWorld } from "./world.ts";

/** Who was given what of a person's health information, when and why. */
export interface Accounting extends Logged {
  readonly subject: SubjectId;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** The first of each series in full, with its number; oldest first. */
  readonly disclosures: readonly AccountedDisclosure[];
  /** What no accounting has to list, by the reason: how many. */
  readonly excluded: Readonly<Partial<Record<PhiUse, number>>>;
}

/** @source 45 CFR 164.528(b)(2), (b)(3) */
export interface AccountedDisclosure {
  readonly at: EpochMs;
  readonly recipient: string;
  readonly address: string | null;
  /** What was given: categories and how many items of each; never what they say. */
  readonly description: readonly { readonly category: Word; readonly items: number }[];
  /** Questions went along, which may have held health information. */
  readonly questions: number;
  readonly purpose: Word;
  /** Of further ones to the same recipient for the same purpose; `null`: this is the only one. */
  readonly series: {
    readonly number: number;
    /** The mean time between two, in whole days. */
    readonly everyDays: number;
    readonly last: EpochMs;
  } | null;
}

/** @source 45 CFR 164.528(a)(1) (six years) */
const REACH = parseDuration("P6Y")!;

/**
 * The accounting of disclosures of a person's protected health information.
 *
 * A failed attempt counts: bytes may have left. Entries that retention has ended are gone, which
 * the `hipaa` pack lets happen after six years at the earliest.
 *
 * @param asked.from Default, and at the earliest: six years before `until`.
 * @source 45 CFR 164.528
 */
export async function accounting(
  world: AccountabilityWorld,
  caller: Caller,
  asked: { readonly from?: EpochMs | undefined; readonly until?: EpochMs | undefined } = {},
): Promise<Accounting> {
  const until = asked.until ?? world.clock.now();
  const reach = addDuration(until, { ...REACH, months: -REACH.months });
  const from = Math.max(asked.from ?? reach, reach) as EpochMs;
  const found = await phiDisclosures(world, caller.subject, { from, until });
  const excluded: Partial<Record<PhiUse, number>> = {};
  const series = new Map<string, DisclosureRecord[]>();
  for (const one of found) {
    const use = one.purpose === null ? undefined : purposeOf(world.policy, one.purpose)?.phiUse;
    if (use !== undefined) excluded[use] = (excluded[use] ?? 0) + 1;
    else {
      const key = `${one.processor} ${one.purpose}`;
      series.set(key, [...(series.get(key) ?? []), one]);
    }
  }
  const listed = [...series.values()].map((records) => summarised(world, records));
  const done = await world.audit.record({
    t: "accounting.made",
    tenant: caller.tenant,
    region: world.region,
    actor: caller.actor,
    subject: caller.subject,
    facts: { from, until, listed: listed.length, of: found.length },
  });
  if (done.status === "stale") throw new Error("an accounting has no gate");
  const { subject } = caller;
  return { subject, from, until, disclosures: listed, excluded, ...loggedAt(done) };
}

async function phiDisclosures(
  world: AccountabilityWorld,
  subject: SubjectId,
  { from, until }: { readonly from: EpochMs; readonly until: EpochMs },
): Promise<readonly DisclosureRecord[]> {
  const found: DisclosureRecord[] = [];
  for await (const page of allDisclosures(world.audit.store, subject)) {
    // What says that an attempt failed names no item: the attempt itself is among them.
    const within = page.filter(({ at }) => at >= from && at <= until);
    found.push(...within.filter((one) => holdsPhi(world, one)));
  }
  return found;
}

/** A question may hold whatever its purpose may, so it counts where that is health information. */
function holdsPhi({ policy, region }: AccountabilityWorld, one: DisclosureRecord): boolean {
  if (one.nodes.some(({ phi }) => phi === true)) return true;
  const categories = one.categories as readonly string[] as readonly CategoryId[];
  return one.questions > 0 && isPhi(categories, { policy, region });
}

function summarised(
  { policy }: AccountabilityWorld,
  records: readonly DisclosureRecord[],
): AccountedDisclosure {
  const first = records[0]!;
  const last = records.at(-1)!.at;
  const processor = processorOf(policy, first.processor);
  const days = (last - first.at) / DAY_MS;
  return {
    at: first.at,
    recipient: processor?.name ?? first.processor,
    address: processor?.address ?? null,
    description: described(first),
    questions: first.questions,
    purpose: first.purpose ?? word("unknown"),
    series:
      records.length === 1
        ? null
        : { number: records.length, everyDays: Math.round(days / (records.length - 1)), last },
  };
}

function described({ nodes }: DisclosureRecord): AccountedDisclosure["description"] {
  const phi = nodes.filter((node) => node.phi === true);
  const groups = Map.groupBy(phi, ({ category }) => category);
  return [...groups].map(([category, items]) => ({ category, items: items.length }));
}
