import type { RestrictionRow } from "#audit";
import {
  activeBy,
  grant,
  lift,
  restrict,
  withdraw,
  type AfterWithdrawal,
  type ConsentInput,
  type ConsentRecord,
} from "#consent";
import { disclosures, type DisclosurePage } from "#egress";
import {
  correct,
  forget,
  openHold,
  placeHold,
  releaseHold,
  runQueue,
  type Certificate,
  type Corrected,
  type Hold,
} from "#erasure";
import type { SubjectId, Word } from "#kernel";
import { admit, get, list, type Caller, type ListPage, type RecalledNode } from "#memory";
import { explicitAlone, purposeOf, subjectActor, type Permit, type Verb } from "#policy";
import { refuseUntold, type AccessRecord } from "#rights";
import type { z } from "zod";

import { accountabilityFace, type AccountabilityFace } from "./accountability-face.ts";
import { accessLog } from "./access-log.ts";
import { eraseFace, type EraseFace } from "./erase-face.ts";
import { exportSubject, type SubjectExport } from "./export.ts";
import { check, configured, inputError, refuseUnlisted, shapes } from "./input/index.ts";
import { logged } from "./logged-refusal.ts";
import type { ListOptions, SessionInput } from "./options.ts";
import { ownRequestsFace, type OwnRequestsFace } from "./own-requests-face.ts";
import { packageFace, type PackageFace } from "./package-face.ts";
import { openSession, type Session } from "./session.ts";
import { SIGNAL } from "./request-input.ts";
import { transferFace, type TransferFace } from "./transfer-face.ts";
import type { EngineWorld } from "./world.ts";

type Options<Name extends keyof typeof shapes> = z.input<(typeof shapes)[Name]>;

export interface ConsentFace {
  /** Records consent. Effective with the next read and write. @source GDPR Art. 7 */
  grant(input: Options<"consent">): Promise<ConsentRecord>;
  /**
   * Records a withdrawal, and erases what rested on this consent alone.
   *
   * @param after `keepOn`: a legal ground on which it is kept, restricted, instead.
   * @source GDPR Art. 7(3), 17(1)(b)
   */
  withdraw(
    input: Options<"consent">,
    after?: { readonly keepOn: string },
  ): Promise<{ readonly record: ConsentRecord; readonly erased: readonly Certificate[] }>;
  /**
   * What was agreed to, at an instant or now: `{ purpose: boolean }`. For the person, the
   * application, the privacy officer and the auditor.
   */
  active(at?: Date | number): Promise<Record<string, boolean>>;
  /** Every record, oldest first. For the same. */
  history(): Promise<readonly ConsentRecord[]>;
}

/** One person remembered, as one actor sees them. */
export interface Subject extends EraseFace, TransferFace, PackageFace {
  readonly id: SubjectId;
  /** Where everything about them is kept. */
  readonly region: Word;
  /** What the person asked for, and the answers. */
  readonly requests: OwnRequestsFace;
  readonly consent: ConsentFace;
  /** A conversation, bound to one purpose. */
  session(input: SessionInput): Session;
  /** The same person as an actor of their own: reads and corrects by right. */
  self(): Subject;
  get(node: string, options?: { readonly purpose?: string }): Promise<RecalledNode>;
  /** A page of memories, newest first. */
  list(options?: ListOptions): Promise<ListPage>;
  /** Replaces a memory's content; the old revision can no longer be opened. */
  correct(
    node: string,
    content: string,
    options?: { readonly purpose?: string; readonly reason?: string },
  ): Promise<Corrected>;
  /** Erases memories and everything made from them. */
  forget(nodes: string | readonly string[], options?: Options<"reason">): Promise<Certificate>;
  /** Everything held about the person. For the person and the privacy officer. */
  export(): Promise<SubjectExport>;
  /** Who used their memories, when, and what for; newest last. */
  accesses(): Promise<readonly AccessRecord[]>;
  /**
   * What of theirs was given to which processor, oldest first. For the person and the officer.
   *
   * @param page.from Where the last page ended: its `next`.
   * @source GDPR Art. 15(1)(c) · 45 CFR 164.528
   */
  disclosures(page?: { readonly from?: number; readonly limit?: number }): Promise<DisclosurePage>;
  /** Who was given their health information. @source 45 CFR 164.528 */
  accounting(
    asked?: Parameters<AccountabilityFace["accounting"]>[1],
  ): ReturnType<AccountabilityFace["accounting"]>;
  /** @param input.case In the court's own words: it is sealed. */
  hold(input: Options<"hold">): Promise<Hold>;
  /** For the privacy officer and the auditor. */
  holds(): Promise<readonly Hold[]>;
  /** Releases a hold, and carries out what it had deferred. */
  release(hold: string): Promise<readonly Certificate[]>;
  restrict(input: { readonly ground: string; readonly purpose?: string }): Promise<RestrictionRow>;
  /** For the person, the application, the privacy officer and the auditor. */
  restrictions(): Promise<readonly RestrictionRow[]>;
  lift(restriction: string): Promise<void>;
}

export function openSubject(world: EngineWorld, caller: Caller): Subject {
  const { subject } = caller;
  const byPurpose = (purpose: string | undefined) => ({
    caller,
    session: null,
    purpose: purpose ?? null,
  });

  return {
    id: subject,
    region: world.region,
    consent: consentFace(world, caller),
    session: (input) => openSession(world, caller, input),
    self: () => openSubject(world, { ...caller, actor: subjectActor(subject) }),
    async get(node, options = {}) {
      const id = check(shapes.nodeId, node, "node");
      const { purpose } = check(shapes.use, options, "options");
      return (await get(world, { ...byPurpose(purpose), node: id })).node;
    },
    async list(options = {}) {
      const { purpose, category, since, until, limit, after } = check(
        shapes.list,
        options,
        "options",
      );
      return list(world, {
        ...byPurpose(purpose),
        limit,
        after: after ?? null,
        ...(category === undefined ? {} : { category: category as Word }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      });
    },
    async correct(node, content, options = {}) {
      const { purpose, reason } = check(shapes.correct, options, "options");
      const call = {
        ...byPurpose(purpose),
        node: check(shapes.nodeId, node, "node"),
        content: check(shapes.content, content, "content"),
        reason: reasonOf(world, reason),
      };
      return logged(world, caller, "correct", () => correct(world, call));
    },
    async forget(nodes, options = {}) {
      const given = check(shapes.nodeIdOrIds, nodes, "nodes");
      const ids = typeof given === "string" ? [given] : given;
      const { reason } = check(shapes.reason, options, "options");
      const call = { caller, nodes: [...new Set(ids)], reason: reasonOf(world, reason) };
      return logged(world, caller, "forget", () => forget(world, call));
    },
    export: () => exportSubject(world, caller),
    accesses: () => accessLog(world, caller),
    async disclosures(page = {}) {
      const asked = check(shapes.disclosures, page, "page");
      await admit(world, { verb: "export", ...byPurpose(undefined) });
      return disclosures(world.audit.store, subject, asked);
    },
    accounting: (asked) => accountabilityFace(world, caller).accounting(subject, asked),
    ...keepingFace(world, caller),
    ...eraseFace(world, caller),
    ...transferFace(world, caller),
    ...packageFace(world, caller),
    requests: ownRequestsFace(world, caller),
  };
}

type Keeping = "hold" | "holds" | "release" | "restrict" | "restrictions" | "lift";

/** What keeps memories: holds from destruction, restrictions from use. */
function keepingFace(world: EngineWorld, caller: Caller): Pick<Subject, Keeping> {
  const { subject } = caller;
  const factsFor = async (verb: "holds" | "restrictions") => {
    const { known } = await admit(world, { verb, caller, purpose: null, session: null });
    return known.facts;
  };

  return {
    async hold(input) {
      const { nodes, category, purpose, ...codes } = check(shapes.hold, input, "hold");
      const held = {
        case: codes.case,
        reason: reasonOf(world, codes.reason, ["hold", "reason"]),
        nodes: nodes ?? null,
        category: (category as Word | undefined) ?? null,
        purpose: (purpose as Word | undefined) ?? null,
      };
      return logged(world, caller, "hold", () => placeHold(world, caller, held));
    },
    async holds() {
      const { holds } = await factsFor("holds");
      return Promise.all(holds.map((row) => openHold(world, row)));
    },
    async release(hold) {
      const id = check(shapes.holdId, hold, "hold");
      await logged(world, caller, "release", () => releaseHold(world, caller, id));
      return runQueue(world, subject);
    },
    async restrict(input) {
      const { ground, purpose } = check(shapes.restrict, input, "restriction");
      const by = reasonOf(world, ground, ["restriction", "ground"]);
      return act(world, caller, "restrict", (permit) =>
        restrict(world, permit, caller.tenant, {
          ground: by,
          purpose: (purpose as Word | undefined) ?? null,
        }),
      );
    },
    restrictions: async () => (await factsFor("restrictions")).restrictions,
    async lift(restriction) {
      const id = check(shapes.restrictionId, restriction, "restriction");
      await logged(world, caller, "lift", () =>
        act(world, caller, "lift", async (permit) => {
          await refuseUntold(world, caller, id);
          return lift(world, permit, caller.tenant, id);
        }),
      );
    },
  };
}

function consentFace(world: EngineWorld, caller: Caller): ConsentFace {
  const rows = async () => {
    await admit(world, { verb: "consents", caller, purpose: null, session: null });
    return world.audit.store.consents(caller.subject);
  };
  return {
    async grant(input) {
      const given = consentInput(world, input);
      refuseImplied(world, given, ["consent"]);
      refuseSignal(given);
      return act(
        world,
        caller,
        "grant",
        (permit) => grant(world, permit, caller.tenant, given),
        given.purpose,
      );
    },
    async withdraw(input, after) {
      const given = consentInput(world, input);
      const then: AfterWithdrawal =
        after === undefined ? { erase: true } : { keepOn: groundOf(world, after) };
      const record = await act(
        world,
        caller,
        "withdraw",
        (permit) => withdraw(world, permit, caller.tenant, given, then),
        given.purpose,
      );
      return { record, erased: await runQueue(world, caller.subject) };
    },
    async active(at) {
      const then = check(shapes.instant.optional(), at, "at", { depth: 0 });
      const records = await rows();
      // What is recorded is in force now, also where another process's clock was ahead of this one.
      if (then === undefined) return activeBy(records, world.clock.now());
      return activeBy(
        records.filter(({ collectedAt }) => collectedAt <= then),
        then,
      );
    },
    history: rows,
  };
}

/**
 * Refuses a consent that could never suffice: what it was given for needs an explicit one.
 *
 * @throws {OubliError} `INPUT_INVALID`.
 */
export function refuseImplied(
  { policy }: EngineWorld,
  { purpose: name, explicit }: Pick<ConsentInput, "purpose" | "explicit">,
  path: readonly string[],
): void {
  const purpose = purposeOf(policy, name);
  if (explicit || purpose === null || !explicitAlone(name, purpose, policy)) return;
  throw inputError([...path, "explicit"], explicit, "true");
}

/** A signal can take consent back; it is no sign of any. @source GDPR Art. 4(11) · 11 CCR 7025 */
function refuseSignal({ mechanism }: Pick<ConsentInput, "mechanism">): void {
  if (mechanism !== SIGNAL) return;
  throw inputError(["consent", "mechanism"], mechanism, "a way by which somebody agrees");
}

function consentInput(world: EngineWorld, input: Options<"consent">): ConsentInput {
  const given = check(shapes.consent, input, "consent");
  refuseUnlisted(world, given, ["consent"]);
  const collectedAt = given.collectedAt ?? null;
  if (collectedAt !== null && collectedAt > world.clock.now())
    throw inputError(["consent", "collectedAt"], collectedAt, "not in the future");
  return {
    purpose: given.purpose,
    policyVersion: given.policyVersion,
    mechanism: given.mechanism,
    explicit: given.explicit,
    ipAddress: given.ipAddress ?? null,
    userAgent: given.userAgent ?? null,
    language: given.language ?? null,
    collectedAt,
    validUntil: given.validUntil ?? null,
  };
}

function reasonOf(
  world: EngineWorld,
  given: string,
  path: readonly string[] = ["options", "reason"],
): Word {
  return configured(world, "reasons", { given, path });
}

function groundOf(world: EngineWorld, after: { readonly keepOn: string }): Word {
  return reasonOf(world, check(shapes.after, after, "after").keepOn, ["after", "keepOn"]);
}

/** Leave, then the act; again when the gate moved between. */
function act<V extends Verb, Done>(
  world: EngineWorld,
  caller: Caller,
  verb: V,
  run: (permit: Permit<V>) => Promise<Done | "stale">,
  purpose: string | null = null,
): Promise<Exclude<Done, "stale">> {
  return world.turns.take(caller.subject, async () => {
    const { permit } = await admit(world, { verb, caller, purpose, session: null });
    return run(permit) as Promise<Exclude<Done, "stale"> | "stale">;
  });
}
