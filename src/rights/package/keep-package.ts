import { randomBytes } from "node:crypto";

import { advance, closeCase, openCase } from "#cases";
import { DAY_MS, isOubliError, later, OubliError, word, type CaseId, type EpochMs } from "#kernel";
import { admit } from "#memory";

import type { PackageCall, PackageWorld } from "./given-person.ts";
import { keyOf, linkText, newSecret, type KeptCase, type KeptFile } from "./kept-file.ts";
import { makePackage, type MadePackage } from "./make-package.ts";
import type { PackageStore } from "./package-store.ts";
import { sealStream } from "./sealed-stream.ts";

/** What package cases work with: where the sealed bytes lie. */
export interface KeepingWorld extends PackageWorld {
  readonly packages: PackageStore;
}

export interface KeepCall extends Omit<PackageCall, "request"> {
  /** When the link and the package end. */
  readonly expiresAt: EpochMs;
  /** The request that it answers. */
  readonly parent?: CaseId | null;
  /** Default: the package's own. */
  readonly request?: string;
}

export interface KeptPackage extends MadePackage {
  /** Opens it once. It is told here, and kept by nobody. */
  readonly link: string;
  readonly expiresAt: EpochMs;
}

const KEY_BYTES = 32;

/** How long the making may take before the sweep takes it for dead. */
const MAKING_MS = DAY_MS;

/** How long the log of requests is kept. @source 11 CCR 7101 */
const LOG_MS = 730 * DAY_MS;

/**
 * Makes a package and keeps it, sealed under a key of its own, until its link is used or ends.
 *
 * Why it is safe to die half-way: the case stands before the first byte does, and whatever is there
 * is noise without the key in its file. The sweep destroys both.
 *
 * @throws {OubliError} as {@link makePackage}; `PACKAGE_GONE` where it was taken back meanwhile.
 * @source GDPR Art. 12(3), 32(1)(a)
 */
export async function keepPackage(world: KeepingWorld, call: KeepCall): Promise<KeptPackage> {
  const { caller, expiresAt, parent = null } = call;
  await admit(world, { verb: "export", caller, purpose: null, session: null });
  const { secret, secretHash } = newSecret();
  const now = world.clock.now();
  const made = await openCase<KeptFile>(world, {
    kind: "package",
    tenant: caller.tenant,
    actor: caller.actor,
    subject: caller.subject,
    parent,
    state: word("making"),
    dueAt: later(now, MAKING_MS),
    endsAt: later(expiresAt, LOG_MS),
    entry: { t: "package", facts: { expiresAt, parent } },
    file: {
      key: randomBytes(KEY_BYTES).toString("base64"),
      secretHash,
      ledger: (await world.audit.store.head("ledger")).size,
      expiresAt,
      opened: 0,
      openedAt: null,
    },
  });
  const told = await seal(world, call, made);
  const link = linkText({ region: world.region, id: made.id, secret });
  return { ...told, link, expiresAt };
}

/** Nobody else moves it on while it is made: whoever was faster took it back. */
function ended(error: unknown): never {
  throw isOubliError(error, "CONFLICT") ? new OubliError("PACKAGE_GONE") : error;
}

async function seal(world: KeepingWorld, call: KeepCall, made: KeptCase): Promise<MadePackage> {
  const { id, file } = made;
  const { actor } = call.caller;
  try {
    const request = call.request ?? id;
    const told = await makePackage(world, { ...call, id, request }, (bytes) =>
      world.packages.write(made, sealStream(keyOf(file!), bytes)),
    );
    const facts = {
      complete: told.complete,
      records: told.sections.reduce((sum, { records }) => sum + records, 0),
      expiresAt: call.expiresAt,
    };
    const ready = { state: word("ready"), dueAt: call.expiresAt, facts };
    await advance(world, made, { actor, ...ready, entry: { t: "package", facts } }).catch(ended);
    return told;
  } catch (error) {
    await world.packages.remove(made);
    const failed = { state: word("failed"), destroyFile: true, entry: { t: "package" } } as const;
    await closeCase(world, made, { actor, ...failed }).catch(() => {});
    throw error;
  }
}
