import {
  accounting,
  drift,
  inventory,
  noticeFacts,
  publishNotice,
  recordOfProcessing,
  requestLog,
  type Accounting,
  type Drift,
  type Inventory,
  type NoticeFacts,
  type RecordOfProcessing,
  type RequestLog,
} from "#accountability";
import { readEntry, storedEntries, type Logged } from "#audit";
import { OubliError, type Acting, type SubjectId, type Word } from "#kernel";
import { admit, type Caller } from "#memory";
import type { z } from "zod";

import { accountabilityShapes as shapes } from "./input/accountability-shapes.ts";
import { check, configured, shapes as common } from "./input/index.ts";
import { OFFICER, OVERSEERS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";

/** What has to be shown to people and authorities, told from live configuration and the log. */
export interface AccountabilityFace {
  /**
   * The record of processing activities. For the privacy officer and the auditor; that it was made
   * is in the ledger.
   *
   * @source GDPR Art. 30(1), 30(2)
   */
  record(): Promise<RecordOfProcessing>;
  /** What the region holds, in numbers. For the same. */
  inventory(): Promise<Inventory>;
  /** What people asked for in 24 months, and what became of it. For the same. @source 11 CCR 7101 */
  requestLog(): Promise<RequestLog>;
  /** What people have to be told: what is kept, why, how long, who gets it. @source GDPR Art. 13 */
  notice(): NoticeFacts;
  /**
   * Writes down that people are told {@link notice}, under a version that `codes.notices` lists.
   * For the privacy officer.
   */
  publishNotice(input: z.input<typeof shapes.publish>): Promise<Logged & { readonly digest: Word }>;
  /** How the notice that was published last differs from live configuration. For overseers. */
  drift(): Promise<Drift>;
  /**
   * Who was given a person's health information, over six years at most. For the person and the
   * privacy officer, and of somebody who was erased for the officer alone; that it was made is in the
   * ledger.
   *
   * @source 45 CFR 164.528
   */
  accounting(subject: string, asked?: z.input<typeof shapes.accounting>): Promise<Accounting>;
}

export function accountabilityFace(world: EngineWorld, who: Acting): AccountabilityFace {
  return {
    async record() {
      await refuseUnless(world, who, "record", OVERSEERS);
      const record = await recordOfProcessing(world, who.tenant);
      const { activities, recipients, missing, holds } = record;
      await world.audit.record({
        t: "record.made",
        tenant: who.tenant,
        region: world.region,
        actor: who.actor,
        subject: null,
        facts: {
          activities: activities.length,
          recipients: recipients.length,
          missing: missing.length,
          items: holds.nodes,
        },
      });
      return record;
    },
    async inventory() {
      await refuseUnless(world, who, "inventory", OVERSEERS);
      return inventory(world);
    },
    async requestLog() {
      await refuseUnless(world, who, "request-log", OVERSEERS);
      return requestLog(world, who.tenant);
    },
    notice: () => noticeFacts(world.policy),
    async publishNotice(input) {
      const given = check(shapes.publish, input, "notice");
      const asked = { given: given.version, path: ["notice", "version"] };
      const version = configured(world, "notices", asked);
      await refuseUnless(world, who, "publish-notice", OFFICER);
      return publishNotice(world, { actor: who.actor, version });
    },
    async drift() {
      await refuseUnless(world, who, "drift", OVERSEERS);
      return drift(world);
    },
    async accounting(subject, asked = {}) {
      const caller = await callerFor(world, who, check(common.subjectId, subject, "subject"));
      const period = check(shapes.accounting, asked, "asked");
      const { facts } = await world.facts.read(caller.subject);
      // Nobody is the person any more: the officer answers for them.
      if (facts.erased) await refuseUnless(world, who, "accounting", OFFICER);
      else await admit(world, { verb: "export", caller, purpose: null, session: null });
      return accounting(world, caller, period);
    },
  };
}

/**
 * Somebody who was erased is known by the ledger: what was disclosed of them is kept behind it.
 *
 * @throws {OubliError} `NOT_FOUND` for one who is unknown, or another controller's.
 */
async function callerFor(
  world: EngineWorld,
  { tenant, actor }: Acting,
  subject: SubjectId,
): Promise<Caller> {
  const theirs = (await world.keyring.tenantOf(subject)) ?? (await tenantInLedger(world, subject));
  if (theirs !== tenant) throw new OubliError("NOT_FOUND");
  return { tenant, actor, subject };
}

/** A person has one controller: any entry of theirs that retention has left tells it. */
async function tenantInLedger({ audit }: EngineWorld, subject: SubjectId): Promise<Word | null> {
  for await (const { bytes } of storedEntries(audit.store, "ledger", { subject })) {
    if (bytes !== null) return readEntry(bytes).tenant;
  }
  return null;
}
