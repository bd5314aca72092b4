import { allCases, loadCase, openCase, type CaseRow } from "#cases";
import { DAY_MS, later, word, type Actor, type EpochMs, type Word } from "#kernel";

import type { SourcesWorld } from "../world.ts";
import { isKeyOf, tombstoneIn, type KeyFile, type KeyRef } from "./tombstone-case.ts";

/** A key serves the tombstones of so many days, and ends with the last of them. */
const DAYS = 30;
const KEY_BYTES = 32;

export interface KeyOf {
  readonly tenant: Word;
  readonly target: Word;
  readonly actor: Actor;
  /** When a tombstone that is made at the end of its days ends. */
  readonly endsAt: (madeAt: EpochMs) => EpochMs;
}

/**
 * The key that new fingerprints of a target are made under. Of two processes each may make one:
 * a tombstone names its own.
 */
export async function keyOf(world: SourcesWorld, asked: KeyOf): Promise<KeyRef> {
  const { tenant, target, actor, endsAt } = asked;
  const now = world.clock.now();
  const recent = await recentKey(world, tenant, target, (now - DAYS * DAY_MS) as EpochMs);
  if (recent !== null) return recent;
  // Not from the ids, which a test may make repeatable.
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64url");
  const { id } = await openCase<KeyFile>(world, {
    kind: "targets",
    tenant,
    actor,
    subject: null,
    state: word("fingerprints"),
    dueAt: endsAt(later(now, DAYS * DAY_MS)),
    facts: { fingerprints: target },
    file: { key },
    entry: { t: "tombstone.made", facts: { target, key: true } },
  });
  return { id, key };
}

/** Looks at the newest first: what was made last for the target names its key. */
async function recentKey(
  world: SourcesWorld,
  tenant: Word,
  target: Word,
  since: EpochMs,
): Promise<KeyRef | null> {
  for await (const row of allCases(world, { tenant, kind: "targets", open: true })) {
    const key = isKeyOf(target, row) ? row : await keyNamedBy(world, target, row);
    if (key !== null) return key.openedAt > since ? openKey(world, key) : null;
    if (row.openedAt <= since) return null;
  }
  return null;
}

async function keyNamedBy(
  { cases }: SourcesWorld,
  target: Word,
  row: CaseRow,
): Promise<CaseRow | null> {
  const { tenant, parent } = row;
  if (tombstoneIn(row)?.tombstone !== target || parent === null) return null;
  return cases.load(tenant, parent);
}

/** `null` once it was destroyed. */
export async function openKey(
  world: SourcesWorld,
  { id, tenant }: Pick<CaseRow, "id" | "tenant">,
): Promise<KeyRef | null> {
  const { file } = await loadCase<KeyFile>(world, { tenant, kind: "targets", id });
  return file && { id, key: file.key };
}
