import { OubliError, pathWord, type Acting, type Word } from "#kernel";
import {
  confirmRun,
  MEMORIES,
  planRetention,
  runOf,
  runsOf,
  settled,
  startRun,
  tableRulesOf,
  workRuns,
  type OnProgress,
  type PlannedRule,
  type RetentionRun,
  type RunCase,
  type TableRule,
} from "#retention";
import { rulesOf } from "#policy";
import type { z } from "zod";

import { check } from "./input/index.ts";
import { retentionShapes as shapes } from "./input/retention-shapes.ts";
import { OFFICER, OVERSEERS, refuseUnless } from "./oversight.ts";
import type { EngineWorld } from "./world.ts";

/** What ends by itself, and when. */
export interface RetentionRules {
  /** A memory ends at the latest of its purposes' ends, and no later than its categories'. */
  readonly memories: {
    readonly purposes: Readonly<Record<string, string | null>>;
    readonly categories: Readonly<Record<string, string>>;
  };
  /** Connected tables, by name. */
  readonly tables: readonly TableRule[];
  /** Nothing ends before these: the strictest of the packs. `null`: no pack asks for any. */
  readonly floors: {
    readonly consentRecordDays: number | null;
    readonly auditYears: number | null;
  };
}

/** How long things are kept, and the runs that end them. */
export interface RetentionFace {
  /** For overseers. */
  rules(): Promise<RetentionRules>;
  /** Counts what is over, and writes nothing. For overseers. */
  plan(asked?: z.input<typeof shapes.plan>): Promise<readonly PlannedRule[]>;
  /**
   * Removes what is over, batch by batch. It stops at a count that is strange, and waits for
   * {@link confirm}. Resolves when the run is over, or stands. For the privacy officer.
   */
  run(asked?: RunAsked): Promise<RetentionRun>;
  /**
   * Goes on with a run that stopped at a strange count. For the privacy officer.
   *
   * @throws {OubliError} `NOT_FOUND`; `CONFLICT` where it does not wait for anybody.
   */
  confirm(run: string, asked?: Pick<RunAsked, "onProgress">): Promise<RetentionRun>;
  /** Newest first. For overseers. */
  runs(page?: z.input<typeof shapes.runs>): Promise<readonly RetentionRun[]>;
}

export interface RunAsked {
  /** By name: `memories`, or a source's and its rule's: `crm.session-logs`. Default: all. */
  readonly rules?: readonly string[];
  readonly onProgress?: OnProgress;
}

export function retentionFace(world: EngineWorld, who: Acting): RetentionFace {
  const { tenant, actor } = who;
  const carryOut = async (run: RunCase, onProgress: OnProgress | undefined) => {
    await workRuns(world, world.retention, onProgress);
    await settled(world, run.id);
    return runOf(world, { tenant, id: run.id });
  };
  return {
    async rules() {
      await refuseUnless(world, who, "retention-rules", OVERSEERS);
      return rulesIn(world, tenant);
    },
    async plan(asked = {}) {
      const { rules: only } = check(shapes.plan, asked, "options");
      const own = ownRules(world, tenant);
      refuseUnknown(own, only);
      await refuseUnless(world, who, "retention-plan", OVERSEERS);
      return planRetention(world, world.retention, { tenant, only: only ?? own });
    },
    async run(asked = {}) {
      const { rules: only } = check(shapes.run, asked, "options");
      const own = ownRules(world, tenant);
      refuseUnknown(own, only);
      await refuseUnless(world, who, "retention-run", OFFICER);
      const order = { ...who, only: only ?? own };
      return carryOut(await startRun(world, world.retention, order), asked.onProgress);
    },
    async confirm(run, asked = {}) {
      const id = check(shapes.runId, run, "run");
      check(shapes.confirm, asked, "options");
      await refuseUnless(world, who, "retention-run", OFFICER);
      return carryOut(await confirmRun(world, { tenant, actor, id }), asked.onProgress);
    },
    async runs(page = {}) {
      const { limit } = check(shapes.runs, page, "page");
      await refuseUnless(world, who, "retention-runs", OVERSEERS);
      return runsOf(world, { tenant, limit });
    },
  };
}

function rulesIn(world: EngineWorld, tenant: Word): RetentionRules {
  const { policy } = world;
  const { consentRecordRetentionDays: consent, auditRetentionYears: audit } = rulesOf(policy);
  const purposes = Object.entries(policy.purposes).map(([name, one]) => [name, one.retention]);
  return {
    memories: { purposes: Object.fromEntries(purposes), categories: policy.retention },
    tables: tableRulesOf(world, tenant),
    floors: { consentRecordDays: consent.value, auditYears: audit.value },
  };
}

/** The rules that a controller sees and begins. The memories are in one store, whosever they are. */
export function ownRules(world: EngineWorld, tenant: Word): readonly Word[] {
  const tables = tableRulesOf(world, tenant).map(({ rule }) => rule);
  return tenant === world.tenant ? [MEMORIES, ...tables] : tables;
}

/** @throws {OubliError} `INPUT_INVALID` with the rules that there are. */
function refuseUnknown(known: readonly Word[], only: readonly string[] | undefined): void {
  if (only === undefined || only.every((one) => known.includes(one as Word))) return;
  const field = pathWord(["options", "rules"]);
  throw new OubliError("INPUT_INVALID", { field, given: "another rule" as Word, accepted: known });
}
