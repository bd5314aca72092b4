import type { Writable } from "node:stream";

import type { OutstandingBackups } from "#audit";
import type { MadeBackup } from "#backup";
import { workIncidents } from "#breach";
import { certificateOf, rotate, type Certificate } from "#erasure";
import {
  describe,
  OubliError,
  word,
  type Acting,
  type Actor,
  type SubjectId,
  type Word,
} from "#kernel";
import type { Rotation } from "#keys";
import { explain, isWithin, purposeOf, type Policy } from "#policy";
import { sweep, type SweepReport } from "#retention";
import { tendRequests } from "#rights";
import { isArrivalLost } from "#transfer";
import { verifyCertificate, type CertificateResult } from "#verify";
import type { z } from "zod";

import { accountabilityFace, type AccountabilityFace } from "./accountability-face.ts";
import { analyticsFace, type AnalyticsFace } from "./analytics-face.ts";
import { auditFace, type AuditFace } from "./audit-face.ts";
import { breachFace, type BreachFace } from "./breach-face.ts";
import { backupFace, type BackupOptions } from "./backup-face.ts";
import { check, refuseUnlisted, shapes } from "./input/index.ts";
import type { ActorInput, SubjectOptions } from "./options.ts";
import { OPERATORS, refuseUnless } from "./oversight.ts";
import { requestsFace, type RequestsFace } from "./requests-face.ts";
import { endPackages, packagesFace, type PackagesFace } from "./package-face.ts";
import { retentionFace, type RetentionFace } from "./retention-face.ts";
import { sourcesFace, type SourcesFace } from "./sources-face.ts";
import { openSubject, refuseImplied, type Subject } from "./subject.ts";
import type { EngineWorld } from "./world.ts";
import { standing } from "./world-of.ts";

/** Memory that can answer to the law. */
export interface Oubli extends AsyncDisposable, PackagesFace {
  readonly policy: Policy;
  /** The names of its regions. */
  readonly regions: readonly Word[];
  /**
   * The region's log. With several regions, ask one: `oubli.region("eu").audit`.
   *
   * @throws {OubliError} `INPUT_INVALID` with several regions; so do `sweep` and `rotate`.
   */
  readonly audit: AuditFace;
  /** The record of processing, the notice, the accounting of disclosures; of one region, as `audit`. */
  readonly accountability: AccountabilityFace;
  /** How long things are kept, and the runs that end them. With several regions, ask one. */
  readonly retention: RetentionFace;
  /** The application's other systems. With several regions, ask one. */
  readonly sources: SourcesFace;
  /** What people ask for, from receipt to answer. With several regions, ask one. */
  readonly requests: RequestsFace;
  /** The register of incidents, whom each reached, and who is told. With several regions, ask one. */
  readonly breach: BreachFace;
  /** Counts without people. With several regions, ask the session's. */
  readonly analytics: AnalyticsFace;
  /**
   * One region alone: its people, its log, its keys.
   *
   * @throws {OubliError} `REGION_UNAVAILABLE` while it cannot be reached.
   */
  region(name: string): Oubli;
  /** The same, for another actor. */
  as(actor: ActorInput): Oubli;
  /** The same, for another controller. */
  tenant(name: string): Oubli;
  /**
   * The person that the application calls `externalId`; registered at the first call, for good, in
   * the region that serves their jurisdiction. With `region`, no other region is asked.
   *
   * @param options.consent Gives consent to `assistant` (or `purpose`) at registration, in one line.
   */
  subject(externalId: string, options?: SubjectOptions): Promise<Subject>;
  /** As {@link subject}, without registering anybody. */
  find(externalId: string, options?: { readonly region?: string }): Promise<Subject | null>;
  /**
   * The person behind an id of the audit log or of a certificate.
   *
   * @throws {OubliError} `NOT_FOUND` for one who is unknown, erased, or another controller's;
   *   `ARRIVAL_LOST`.
   */
  subjectById(id: string): Promise<Subject>;
  /** Checks a certificate, or the text of `certificate.json`, against this installation's key. */
  verify(certificate: Pick<Certificate, "json"> | string): Promise<CertificateResult>;
  /** An erasure's newest certificate: `final` once no backup can open it any more. */
  certificate(subject: string, erasure: string): Promise<Certificate>;
  /** Destroys what expired, and finishes whatever waits or was interrupted. */
  sweep(): Promise<SweepReport>;
  /** Ends the key epoch: erasures become final in every backup. */
  rotate(
    onProgress?: (done: number) => void,
  ): Promise<{ readonly rotation: Rotation; readonly final: number }>;
  /**
   * Copies the databases while they are in use: into a folder of its own below `to`, or as one tar
   * stream. The root keys and the notary are never part of it: see docs/how-to/back-up.md.
   *
   * @throws {OubliError} `PROCESSOR_REFUSED` where it would leave its region, or its host has no
   *   contract; `BACKUP_UNSUPPORTED`; `STORE_…`.
   */
  backup(to: string | Writable, options?: BackupOptions): Promise<MadeBackup>;
  /** The backups that may still exist: certificates name them. */
  backups(): Promise<OutstandingBackups>;
  /** Writes down that a backup was destroyed. */
  endBackup(backup: string): Promise<void>;
  /** Every rule in force, with the pack and the article it comes from. */
  explain(): ReturnType<typeof explain>;
  close(): Promise<void>;
}

export function createOubli(world: EngineWorld, who: Acting, close: () => Promise<void>): Oubli {
  const oubli: Oubli = {
    policy: world.policy,
    regions: [world.region],
    region(name) {
      checkRegion(world, check(shapes.code, name, "region"));
      return createOubli(world, who, close);
    },
    audit: auditFace(world, who),
    accountability: accountabilityFace(world, who),
    retention: retentionFace(world, who),
    sources: sourcesFace(world, who),
    requests: requestsFace(world, who),
    breach: breachFace(world, who),
    analytics: analyticsFace(world, who),
    as(actor) {
      return createOubli(
        world,
        { ...who, actor: check(shapes.actor, actor, "actor") as Actor },
        close,
      );
    },
    tenant(name) {
      return createOubli(
        world,
        { ...who, tenant: check(shapes.code, name, "tenant") as Word },
        close,
      );
    },
    ...peopleFace(world, who),
    ...backupFace(world, who),
    async verify(certificate) {
      const json =
        typeof certificate === "string"
          ? certificate
          : check(shapes.certificate, certificate, "certificate", { depth: 1 }).json;
      return verifyUnderAny(json, world.audit.notary.verifierKeys("ledger"));
    },
    async certificate(subject, erasure) {
      const whose = check(shapes.subjectId, subject, "subject");
      const which = check(shapes.erasureId, erasure, "erasure");
      return certificateOf(world, who.tenant, whose, which);
    },
    async sweep() {
      const report = await sweep(world, who.tenant);
      await tendRequests(world);
      await endPackages(world);
      if (world.notifiers.length > 0) await workIncidents(world);
      return report;
    },
    ...packagesFace(world, who),
    async rotate(onProgress) {
      check(shapes.callback.optional(), onProgress, "onProgress");
      await refuseUnless(world, who, "rotate", OPERATORS);
      const progress = onProgress
        ? { onProgress: ({ done }: { done: number }) => onProgress(done) }
        : {};
      return rotate(world, { tenant: who.tenant, ...progress });
    },
    explain: () => explain(world.policy),
    close,
    [Symbol.asyncDispose]: close,
  };
  return standing(oubli, world);
}

/** What an origin signed that was given up since, was signed all the same. */
async function verifyUnderAny(json: string, keys: readonly string[]): Promise<CertificateResult> {
  const [present, ...older] = keys as [string, ...string[]];
  const result = await verifyCertificate(json, present);
  if (result.valid) return result;
  for (const key of older) {
    const earlier = await verifyCertificate(json, key);
    if (earlier.valid) return earlier;
  }
  return result;
}

type People = Pick<Oubli, "subject" | "find" | "subjectById">;

/** Who is remembered here. */
function peopleFace(world: EngineWorld, who: Acting): People {
  const open = (subject: SubjectId): Subject => openSubject(world, { ...who, subject });

  return {
    async subject(externalId, options = {}) {
      const name = check(shapes.externalId, externalId, "externalId");
      const { jurisdiction, region, consent } = check(shapes.subject, options, "options");
      checkRegion(world, region);
      checkJurisdiction(world, jurisdiction);
      if (consent) checkConsent(world, consent);
      const { subject } = await world.keyring.register(who.tenant, name);
      const person = open(subject);
      if (consent) await giveConsent(person, consent);
      return person;
    },
    async find(externalId, options = {}) {
      const name = check(shapes.externalId, externalId, "externalId");
      checkRegion(world, check(shapes.find, options, "options").region);
      const subject = await world.keyring.find(who.tenant, name);
      return subject && open(subject);
    },
    async subjectById(id) {
      const subject = check(shapes.subjectId, id, "subject");
      if ((await world.keyring.tenantOf(subject)) !== who.tenant) {
        const lost = await isArrivalLost(world, { ...who, subject });
        throw new OubliError(lost ? "ARRIVAL_LOST" : "NOT_FOUND");
      }
      return open(subject);
    },
  };
}

/** Asked for once: a record is added only if none is in force. */
async function giveConsent(
  person: Subject,
  consent: Parameters<Subject["consent"]["grant"]>[0],
): Promise<void> {
  const active = await person.consent.active();
  if (!Object.hasOwn(active, consent.purpose)) await person.consent.grant(consent);
}

/** @throws {OubliError} `PURPOSE_UNKNOWN`, `INPUT_INVALID`, before anybody is registered for it. */
function checkConsent(
  world: EngineWorld,
  consent: NonNullable<z.output<typeof shapes.subject>["consent"]>,
): void {
  refuseUnlisted(world, consent, ["options", "consent"]);
  refuseImplied(world, consent, ["options", "consent"]);
  const { policy } = world;
  const { purpose } = consent;
  if (purposeOf(policy, purpose) !== null) return;
  const declared = Object.keys(policy.purposes).sort() as Word[];
  throw new OubliError("PURPOSE_UNKNOWN", { given: describe(purpose), declared });
}

/** @throws {OubliError} `INPUT_INVALID` with the jurisdictions that the region serves. */
function checkJurisdiction(
  { policy, region }: EngineWorld,
  jurisdiction: string | undefined,
): void {
  const served: readonly string[] = policy.regions[region]?.jurisdictions ?? [];
  if (jurisdiction === undefined || isWithin(jurisdiction, served)) return;
  throw new OubliError("INPUT_INVALID", {
    field: word("jurisdiction"),
    given: jurisdiction as Word,
    accepted: served as readonly Word[],
  });
}

function checkRegion({ region }: EngineWorld, given: string | undefined): void {
  if (given === undefined || given === region) return;
  throw new OubliError("INPUT_INVALID", {
    field: word("region"),
    given: given as Word,
    accepted: [region],
  });
}
