import { existsSync } from "node:fs";

import { isOubliError, systemClock } from "#kernel";

import type { Opened } from "../open.ts";
import { noSuchPerson } from "../person.ts";
import { count, memories } from "../table.ts";
import { CANARY_TENANT, placeIn, plant, remove, type Canary, type CanaryPlace } from "./canary.ts";
import { checkRestored, checkSettings, wrappedKeys } from "./erasures.ts";
import {
  attempt,
  found,
  GROUND,
  INVARIANTS,
  notChecked,
  type Finding,
  type Promised,
} from "./finding.ts";
import * as check from "./invariants.ts";
import { missedByControl, scanFolders, textNeedle, type Needle, type Scan } from "./residue.ts";

export interface Living {
  readonly opened: Opened;
  readonly second: Opened;
  /** Whose memories are looked for on the disk, beside the canaries'. */
  readonly subject: string | null;
  readonly onFile: () => void;
}

/** What needs somebody to remember. */
const CHECKS: readonly Promised[] = [
  GROUND.settings,
  ...Object.values(INVARIANTS).filter((promised) => promised !== INVARIANTS.crash),
];

/** The checks for which two people are made up, remembered, and erased again. */
export async function checkWithCanaries(living: Living): Promise<readonly Finding[]> {
  const place = placeIn(living.opened.oubli.policy);
  if (place === null) {
    const why = "the policy has no purpose that the command line may use";
    return [GROUND.canaries, ...CHECKS].map((promised) => notChecked(promised, why));
  }
  const texts = await memoriesOf(living);
  const canaries: Canary[] = [];
  let findings: readonly Finding[];
  let planted: Finding;
  try {
    await plantTwo(living, place, canaries);
    findings = await checkAll(living, texts, canaries as [Canary, Canary]);
    planted = found(GROUND.canaries, true, "two, in every field that a caller can fill");
  } catch (error) {
    if (!isOubliError(error)) throw error;
    findings = CHECKS.map((promised) => notChecked(promised, "no canary could be planted"));
    planted = found(GROUND.canaries, false, error.code);
  } finally {
    for (const canary of canaries) await remove(canary);
  }
  return [planted, ...findings];
}

async function plantTwo({ opened }: Living, place: CanaryPlace, into: Canary[]): Promise<void> {
  for (let planted = 0; planted < 2; planted += 1) {
    into.push(await plant(opened.oubli.tenant(CANARY_TENANT), place, systemClock.now));
  }
}

/** In this order: each check leaves the canaries as the next one needs them. */
async function checkAll(
  living: Living,
  texts: readonly Needle[],
  [first, other]: readonly [Canary, Canary],
): Promise<readonly Finding[]> {
  const { opened, second, onFile } = living;
  const trial = { opened, second, first, other, now: systemClock.now };
  const { data, root } = opened.folders;
  const folders = [data, root].filter(
    (folder) => folder !== null && existsSync(folder),
  ) as string[];
  const findings: Finding[] = [];
  const run = async (promised: Promised, work: () => Promise<Finding>) => {
    findings.push(await attempt(promised, work));
  };
  const needles = [...first.needles, ...other.needles, ...texts];
  await run(INVARIANTS.audited, () => check.checkAudited(trial));
  await run(INVARIANTS.refusals, () => check.checkRefusals(trial));
  await run(INVARIANTS.isolation, () => check.checkIsolation(trial));
  await run(INVARIANTS.expiry, () => check.checkExpiry(trial));
  await run(INVARIANTS.symmetry, () => check.checkSymmetry(trial));
  const before = await scanFolders(folders, needles, onFile);
  const keys = data === null ? [] : wrappedKeys(data, first);
  const kept = data === null ? 0 : (await scanFolders([data], keys)).hits.length;
  await run(INVARIANTS.acknowledged, () => check.checkAcknowledged(trial));
  await run(GROUND.settings, async () =>
    data === null
      ? notChecked(
          GROUND.settings,
          "writes: see server; deletions leave pages that it cleans itself",
        )
      : checkSettings(data, keys, kept),
  );
  await run(INVARIANTS.restored, () => checkRestored(opened, first));
  await run(INVARIANTS.holds, () => check.checkHolds(trial));
  await remove(first);
  await remove(other);
  const after = await scanFolders(folders, needles, onFile);
  await run(INVARIANTS.residue, async () => {
    const finding = await residueFinding(first.needles, texts.length, before, after);
    // What was looked at is clean, and it is not all there is.
    const unread = "; the server's own files are not read from here";
    return data === null && finding.state === "held"
      ? notChecked(INVARIANTS.residue, finding.evidence + unread)
      : finding;
  });
  return findings;
}

/** How many of a person's memories are looked for, and how long one has to be. */
const TEXTS_MAX = 100;
const TEXT_LENGTH_MIN = 24;

/** The newest memories of the person that was named. Reading them is logged, like every reading. */
async function memoriesOf({ opened, subject }: Living): Promise<readonly Needle[]> {
  if (subject === null) return [];
  const person = await opened.oubli.find(subject);
  if (person === null) throw noSuchPerson();
  const { nodes } = await person.list({ limit: TEXTS_MAX });
  return nodes
    .filter(({ content }) => content.length >= TEXT_LENGTH_MIN)
    .map(({ id, content }) => textNeedle(id, content));
}

async function residueFinding(
  canary: readonly Needle[],
  texts: number,
  before: Scan,
  after: Scan,
): Promise<Finding> {
  const missed = await missedByControl(canary);
  const hits = [...before.hits, ...after.hits];
  const [first] = hits;
  const where = first ? `; the first: ${first.needle} as ${first.encoding} in ${first.file}` : "";
  const own = texts > 0 ? ` and ${memories(texts)} of the person` : "";
  const control = missed.length === 0 ? "found in full" : `MISSED: ${missed.join(", ")}`;
  const evidence =
    `${count(canary.length, "canary text")}${own} in ${count(after.files, "file")}: ` +
    `${before.hits.length} hits before the erasure, ${after.hits.length} after; ` +
    `planted outside as a control: ${control}${where}`;
  return found(INVARIANTS.residue, hits.length === 0 && missed.length === 0, evidence);
}
