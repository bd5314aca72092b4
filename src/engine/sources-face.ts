import { withCertificate, type ErasedTargets } from "#erasure";
import { OubliError, type Acting, type Word } from "#kernel";
import {
  checkTombstones,
  confirmTarget,
  knownSources,
  nameTargets,
  reportOf,
  resumeNow,
  resumeTargets,
  targetsReport,
  targetsReports,
  tenantOfSource,
  type Capabilities,
  type TargetsReport,
  type Tier,
  type TombstoneCheck,
} from "#sources";
import type { z } from "zod";

import { checkSources, type SourceCheck } from "./given-sources.ts";
import { check, shapes as common } from "./input/index.ts";
import { sourcesShapes as shapes } from "./input/sources-shapes.ts";
import { OFFICER, OVERSEERS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";

/** A system that holds people's data, as the store knows it. */
export interface SourceInfo {
  readonly name: Word;
  readonly tier: Tier;
  readonly eraseAfter: readonly Word[];
  readonly processor: Word | null;
  readonly backupsEnd: string | null;
  readonly can: Capabilities;
  /** Whether this process has its functions. */
  readonly here: boolean;
  /** Kinds of names without which it finds nobody, as far as it is here. */
  readonly identifiers: readonly string[];
}

/** The application's other systems: what they are, how far erasures have come in them. */
export interface SourcesFace {
  /** Those that hold people of this region, by name. */
  list(): readonly SourceInfo[];
  /** Has each look at itself: is it there, does its declaration fit. For overseers. */
  check(): Promise<readonly SourceCheck[]>;
  /** Erasures in other systems, newest first. For overseers. */
  erasures(page?: z.input<typeof shapes.erasures>): Promise<readonly TargetsReport[]>;
  /** How far one has come, and its certificate once it is complete. For overseers. */
  erasure(id: string): Promise<ErasedTargets>;
  /**
   * Says that a target is done which no function can ask. Where one can look, it does first. For the
   * privacy officer.
   *
   * @throws {OubliError} `NOT_FOUND`; `CONFLICT` before the person is erased here; `HELD`;
   *   `SOURCE_FAILED` where the look found something.
   */
  confirm(input: z.input<typeof shapes.confirm>): Promise<ErasedTargets>;
  /**
   * Asks every target again that is due. It happens by itself; this waits for it.
   *
   * @param request Of a system that called back: those of its erasure that are pending are asked
   *   before their time. A call back that is made up does no harm: they are only asked.
   * @param input.identifiers Names of the person that the erasure was begun without: `{ email }`. For
   *   the privacy officer.
   * @throws {OubliError} `NOT_FOUND` for a request that nobody waits for.
   */
  resume(request?: string, input?: z.input<typeof shapes.resume>): Promise<void>;
  /**
   * Looks whether a restore has brought back whom a source had erased; erases them again with
   * `{ erase: true }`. For the privacy officer.
   */
  tombstones(source: string, input?: z.input<typeof shapes.tombstones>): Promise<TombstoneCheck>;
}

export function sourcesFace(world: EngineWorld, who: Acting): SourcesFace {
  const { tenant, actor } = who;
  return {
    list: () =>
      knownSources(world, tenant).map(({ source, ...known }) => ({
        ...known,
        here: !!source,
        identifiers: source?.identifiers ?? [],
      })),
    async check() {
      await refuseUnless(world, who, "sources-check", OVERSEERS);
      const theirs = [...world.sources].filter(([name]) => tenantOfSource(world, name) === tenant);
      return checkSources(new Map(theirs));
    },
    async erasures(page = {}) {
      const asked = check(shapes.erasures, page, "page");
      await refuseUnless(world, who, "sources-erasures", OVERSEERS);
      return targetsReports(world, { tenant, ...asked });
    },
    async erasure(id) {
      const which = check(shapes.caseId, id, "case");
      await refuseUnless(world, who, "sources-erasures", OVERSEERS);
      return withCertificate(world, await targetsReport(world, { tenant, id: which }));
    },
    async confirm(input) {
      const { case: id, target, records } = check(shapes.confirm, input, "confirmation");
      await refuseUnless(world, who, "sources-confirm", OFFICER);
      const given = { tenant, actor, id, target: target as Word, records };
      return withCertificate(world, reportOf(world, await confirmTarget(world, given)));
    },
    async resume(request, input = {}) {
      const id = check(shapes.caseId.optional(), request, "request");
      const { identifiers } = check(shapes.resume, input, "options");
      if (identifiers !== undefined) {
        await refuseUnless(world, who, "sources-resume", OFFICER);
        if (id === undefined) throw new OubliError("NOT_FOUND");
        await nameTargets(world, { tenant, actor, id, identifiers });
      }
      return id === undefined ? resumeTargets(world) : resumeNow(world, { tenant, id });
    },
    async tombstones(source, input = {}) {
      const target = check(common.code, source, "source") as Word;
      const { erase } = check(shapes.tombstones, input, "options");
      await refuseUnless(world, who, "tombstones-check", OFFICER);
      return checkTombstones(world, { tenant, actor, target, erase });
    },
  };
}
