import { withdraw, type ConsentInput } from "#consent";
import { runQueue } from "#erasure";
import { word, type RestrictionId, type Word } from "#kernel";
import type { Caller } from "#memory";
import type { Policy } from "#policy";

import { act } from "./act.ts";
import { factsOf, type Request } from "./requests/request.ts";
import type { RightsWorld } from "./requests/world.ts";
import { restricted } from "./restriction.ts";

/**
 * Ends the use of memories for purposes: where consent carries one, by its withdrawal, which also
 * erases what rested on it alone; else by a restriction. May be called again.
 *
 * On the word of somebody who has proved nothing, what rested on a consent is stored and not used:
 * nobody has another's memories destroyed.
 *
 * @returns what the letter counts, and the restrictions that were made.
 * @source GDPR Art. 7(3), 21(1), 21(3) · Cal. Civ. Code 1798.120, 1798.121
 */
export async function stopPurposes(
  world: RightsWorld,
  caller: Caller,
  request: Request,
  purposes: readonly Word[],
): Promise<{
  readonly counts: Readonly<Record<string, number>>;
  readonly restrictions: readonly RestrictionId[];
}> {
  const restrictions: RestrictionId[] = [];
  let withdrawn = 0;
  for (const purpose of purposes) {
    if (restsOnConsent(world.policy, purpose)) {
      if (await withdrawOne(world, caller, request, purpose)) withdrawn += 1;
    } else {
      restrictions.push(await restricted(world, caller, { purpose, ground: word("objection") }));
    }
  }
  await runQueue(world, caller.subject);
  return {
    counts: { purposes: purposes.length, withdrawn, restrictions: restrictions.length },
    restrictions,
  };
}

export function restsOnConsent({ purposes }: Policy, purpose: string): boolean {
  return Object.hasOwn(purposes, purpose) && purposes[purpose]!.basis === "consent";
}

/** A `false` is written down also where there never was a `true`. */
async function withdrawOne(
  world: RightsWorld,
  caller: Caller,
  request: Request,
  purpose: Word,
): Promise<boolean> {
  const records = await world.audit.store.consents(caller.subject);
  const latest = records.findLast((record) => record.purpose === purpose);
  if (latest?.granted === false) return false;
  const unproven = factsOf(request).identity === word("none");
  const after = unproven ? { keepOn: word("objection") } : ({ erase: true } as const);
  const input: ConsentInput = {
    purpose,
    policyVersion: latest?.policyVersion ?? world.policy.codes?.notices[0] ?? word("1"),
    mechanism: factsOf(request).manner,
    explicit: true,
    ipAddress: null,
    userAgent: null,
    language: latest?.language ?? null,
    collectedAt: null,
    validUntil: null,
  };
  await act(
    world,
    caller,
    "withdraw",
    (permit) => withdraw(world, permit, caller.tenant, input, after),
    purpose,
  );
  return true;
}
