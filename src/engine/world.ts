import {
  accessLogs,
  openAuditLog,
  openNotary,
  readEntry,
  type AuditLog,
  type LogName,
} from "#audit";
import type { SnapshotSource } from "#backup";
import { LogWatch, type BreachLanguages, type Notifier } from "#breach";
import { analyticsOf, createTracker, type TallyStore, type Tracker } from "#analytics";
import type { CaseStore } from "#cases";
import { standingTransfers } from "#egress";
import { noteApplied, redo, replayLedger, type ErasureWorld, type Replayed } from "#erasure";
import {
  ALL_TENANTS,
  canonicalJson,
  DEFAULT_TENANT,
  OubliError,
  SYSTEM_ACTOR,
  word,
  type Clock,
  type Ids,
  type Word,
} from "#kernel";
import { openKeyring } from "#keys";
import {
  checkedEmbedder,
  createFactsReader,
  createTurns,
  createWorkingSets,
  type Embedder,
  type PlacedDeriver,
} from "#memory";
import {
  policyDigest,
  policyFromJson,
  policyJson,
  sourcesIn,
  withSources,
  type Policy,
} from "#policy";
import { givenLanguages, type Languages, type PackageStore } from "#rights";
import { RETENTION_SETTINGS, tableRules, type RetentionSettings } from "#retention";
import type { PreCheck, Source } from "#sources";

import { createErasedEvents, type ErasedEvents } from "./erased-events.ts";
import { inRegion, sourcesFacts, useSources } from "./given-sources.ts";
import { resumeBetween, type Peers } from "./regions/peers.ts";
import { refuseUnregistered } from "./registered.ts";
import { closeStores, type CopiedStores, type Stores } from "./stores.ts";

/** One open region: every room, wired. */
export interface EngineWorld extends ErasureWorld {
  readonly events: ErasedEvents;
  readonly cases: CaseStore;
  readonly tallies: TallyStore;
  readonly tracker: Tracker;
  readonly snapshots: SnapshotSource | null;
  /** Where packages wait to be fetched; `null`: nowhere. */
  readonly packages: PackageStore | null;
  /** The languages that letters are written in. */
  readonly letters: Languages;
  /** Those beside English that letters about an incident are written in. */
  readonly breachLetters: BreachLanguages;
  /** Ways to tell the officer and people of an incident. */
  readonly notifiers: readonly Notifier[];
  /** What is usual in its logs, as this process has learned it. */
  readonly logWatch: LogWatch;
  /** The controller that it was opened for: what is the region's is theirs to oversee. */
  readonly tenant: Word;
  /** How a retention run goes about it. */
  readonly retention: RetentionSettings;
  /** The regions that are open beside it, and itself. */
  readonly peers: Peers;
  /** What was done again when it was opened. */
  readonly replayed: Replayed;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly stores: Stores | CopiedStores;
  readonly region: Word;
  /** `null`: the policy that the store was last opened with. */
  readonly policy: Policy | null;
  readonly fallback: Policy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly embedder: Embedder | null;
  readonly derivers: ReadonlyMap<string, PlacedDeriver>;
  /** Other systems that hold people's data. Default: those that the store knows, none of them here. */
  readonly sources?: ReadonlyMap<Word, Source> | null;
  readonly preChecks?: ReadonlyMap<Word, PreCheck>;
  /** Default: none. */
  readonly packages?: PackageStore | null;
  /** Default: English alone. */
  readonly letters?: Languages;
  /** Default: none beside English. */
  readonly breachLetters?: BreachLanguages;
  /** Default: none. */
  readonly notifiers?: readonly Notifier[];
  readonly retention?: RetentionSettings;
  /** The controller of every source that names none. Default: `default`. */
  readonly tenant?: Word;
  /** Gets the region once it is open. Default: it is alone. */
  readonly peers?: Peers;
}

/**
 * Opens a region. Before anything is served, the databases are brought up to the ledger and every
 * interrupted act is finished.
 *
 * @throws {OubliError} `LOG_FORKED`, `ROOT_MISSING`, `STORE_…`, `SCHEMA_NEWER`.
 */
export async function openWorld(options: WorldOptions): Promise<EngineWorld> {
  const { stores, region, clock, ids, embedder, derivers, peers = new Map() } = options;
  // Closed in the reverse order; also when opening fails half-way.
  await using opened = new AsyncDisposableStack();
  opened.defer(() => closeStores(stores));
  const notary = await openNotary(stores.notary, region, stores.audit.logs);
  const audit = await openAuditLog({ store: stores.audit, notary, clock, ids });
  opened.defer(() => audit.close());
  await refuseMissing(stores);
  const keyring = await openKeyring({ store: stores.keys, root: stores.root, clock, ids, region });
  opened.defer(() => keyring.close());
  const sources = inRegion(options.sources ?? new Map(), region);
  const { policy, seq } = await settlePolicy(audit, options, (wanted) => {
    refuseUnregistered(wanted, options);
    tableRules(wanted, sources, clock.now());
  });
  const tracker = createTracker(analyticsOf(policy), { store: stores.tallies, clock });
  opened.defer(() => tracker.close());
  const events = createErasedEvents();
  const onErased: EngineWorld["onErased"] = (subject, nodes) => events.emit(subject, nodes);
  const store = stores.memory;
  const workingSets = createWorkingSets({ region, store, keyring, clock, onVanished: onErased });
  opened.defer(() => workingSets.close());

  let replayed: Replayed = { entries: 0 };
  const world: EngineWorld = {
    region,
    policy,
    audit,
    cases: stores.cases,
    tallies: stores.tallies,
    tracker,
    transfers: standingTransfers(policy),
    keyring,
    store,
    facts: createFactsReader(stores.audit, seq),
    workingSets,
    turns: createTurns(),
    embedder: embedder && checkedEmbedder(embedder),
    derivers,
    sources,
    preChecks: options.preChecks ?? new Map(),
    clock,
    ids,
    holder: ids.next("lease"),
    events,
    get replayed() {
      return replayed;
    },
    snapshots: "snapshots" in stores ? stores.snapshots : null,
    packages: options.packages ?? null,
    ...written(options),
    logWatch: new LogWatch(),
    tenant: options.tenant ?? DEFAULT_TENANT,
    retention: options.retention ?? RETENTION_SETTINGS,
    peers,
    resume: (job) => resumeBetween(peers, world, job),
    onErased,
    async close() {
      if (peers.get(region) === world) peers.delete(region);
      // Notes may lag; what a store that is gone, or was restored since, refuses keeps nothing open.
      await noteApplied(world).catch(() => {});
      await closing.disposeAsync();
    },
  };
  replayed = await replayLedger(world);
  await redo(world);
  opened.defer(useSources(sources));
  const closing = opened.move();
  peers.set(region, world);
  return world;
}

/** How people, and the officer, are written to. */
function written({ letters, breachLetters, notifiers }: WorldOptions) {
  return {
    letters: letters ?? givenLanguages(undefined),
    breachLetters: breachLetters ?? new Map(),
    notifiers: notifiers ?? [],
  };
}

/**
 * Refuses a store that was made anew beside a log that has seen it: its file was lost, or was not
 * put back with the others. To go on would be to lose, without a word, what it held.
 *
 * Why it is safe beside a process that opens for the first time: it makes its first key before it
 * writes to the ledger, and brings the memories up to the ledger before anybody can use them. So
 * the logs are read first.
 */
async function refuseMissing({ audit, keys, memory }: Stores): Promise<void> {
  const sizes = new Map<LogName, number>();
  for (const log of audit.logs) sizes.set(log, (await audit.head(log)).size);
  const accesses = accessLogs(audit.logs).reduce((sum, log) => sum + sizes.get(log)!, 0);
  if (sizes.get("ledger")! > 0 && (await keys.epochs()).length === 0) {
    throw new OubliError("STORE_DAMAGED", { missing: word("keys") });
  }
  if (accesses > 0 && (await memory.appliedLedgerIndex()) === -1) {
    throw new OubliError("STORE_DAMAGED", { missing: word("memory") });
  }
}

/**
 * The policy that the store was last opened with.
 *
 * @throws {OubliError} `STORE_DAMAGED` when it is not the one that the ledger names: somebody wrote
 *   it past the log.
 */
async function adoptStored({ store }: AuditLog, json: string): Promise<Policy> {
  const policy = policyFromJson(JSON.parse(json));
  const config = await store.lastEntry("ledger", "config");
  const named = config?.bytes ? readEntry(config.bytes)["digest"] : null;
  if (named !== policyDigest(policy)) throw new OubliError("STORE_DAMAGED", { policy: true });
  return policy;
}

/**
 * Makes the given policy the one in force; a new one is written to the ledger.
 *
 * @param refuse Throws where it does not fit what is given beside it: then nothing is written.
 */
async function settlePolicy(
  audit: AuditLog,
  { policy, fallback, region, sources = null, tenant }: WorldOptions,
  refuse: (wanted: Policy) => void,
): Promise<{ readonly policy: Policy; readonly seq: number }> {
  const stored = await audit.store.policy();
  if (policy === null && stored.json !== null && sources === null) {
    const adopted = await adoptStored(audit, stored.json);
    refuse(adopted);
    return { policy: adopted, seq: stored.seq };
  }
  const kept = policy ?? (stored.json === null ? fallback : await adoptStored(audit, stored.json));
  // Whoever says nothing of other systems leaves them as they are known.
  const known = stored.json === null ? {} : sourcesIn(JSON.parse(stored.json));
  const wanted = withSources(kept, sources === null ? known : sourcesFacts(sources, tenant));
  refuse(wanted);
  const digest = policyDigest(wanted) as Word;
  if (stored.digest !== digest) {
    const json = canonicalJson(policyJson(wanted));
    await audit.record(
      {
        t: "config",
        tenant: ALL_TENANTS,
        region,
        actor: SYSTEM_ACTOR,
        subject: null,
        facts: { digest },
      },
      { effects: [{ kind: "policy", digest, json }] },
    );
  }
  const now = await audit.store.policy();
  if (now.digest !== digest) throw new OubliError("CONFIG_STALE");
  return { policy: wanted, seq: now.seq };
}
