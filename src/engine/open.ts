import {
  DEFAULT_TENANT,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  randomIds,
  systemClock,
  word,
  type Actor,
  type Clock,
  type Ids,
  type Word,
} from "#kernel";
import { detectIncidents, givenBreachLanguages, workIncidents, type Notifier } from "#breach";
import { redo } from "#erasure";
import { workRuns } from "#retention";
import type { Deriver, Embedder } from "#memory";
import { defineConfig, type ConfigInput, type OubliConfig } from "#policy";
import { givenLanguages, tendRequests, type LetterTexts } from "#rights";
import { resumeTargets, type PreCheck, type Source } from "#sources";

import { check, shapes } from "./input/index.ts";
import type { ActorInput } from "./options.ts";
import { deriversOf, embedderOf, notifiersOf } from "./given-options.ts";
import { givenSources } from "./given-sources.ts";
import { createOubli, type Oubli } from "./oubli.ts";
import { packagesIn } from "./package-face.ts";
import { openRegions } from "./regions/open-regions.ts";
import type { Peers } from "./regions/peers.ts";
import { isMade, openPlace } from "./open-place.ts";
import { refuseGiven } from "./refuse-given.ts";
import { scheduleRetention } from "./retention-schedule.ts";
import { retentionSettings, type RetentionOptions } from "./retention-options.ts";
import type { CopiedStores, Stores } from "./stores.ts";
import { openWorld } from "./world.ts";

/** A deriver that gives memories to a registered processor. */
export interface DeriverAt {
  readonly processor: string;
  readonly derive: Deriver;
}

export interface OpenOptions {
  /** Whose application it is. Default: `default`. */
  readonly tenant?: string;
  /** Who asks where nothing else is said. Default: the application. */
  readonly actor?: ActorInput;
  /** Functions that make derived memories, by name; one that asks a processor says which. */
  readonly derivers?: Readonly<Record<string, Deriver | DeriverAt>>;
  /**
   * A function that turns text into vectors; one that asks a processor says which. By the names of
   * regions: one for each, so that texts can stay where they are; a region without one has none.
   */
  readonly embedder?: Embedder | Readonly<Record<string, Embedder>>;
  /** Ways to tell the officer and people of an incident: `smtpNotifier`, `webhookNotifier`. */
  readonly notifiers?: readonly Notifier[];
  /**
   * The application's other systems that hold people's data. What is given here is known to the
   * store: a process that says nothing of them calls no erasure complete without them; `[]` says
   * that there are none any more.
   */
  readonly sources?: readonly Source[];
  /**
   * The letters of requests in other languages than English, by their tags: `de`, `pt-BR`. A person
   * gets them in the one that their request names.
   */
  readonly letters?: Readonly<Record<string, LetterTexts>>;
  /** Asked before a person is erased, by name; each may stand in the way. */
  readonly preChecks?: Readonly<Record<string, PreCheck>>;
  /**
   * A folder in which packages of people's data wait, sealed, to be fetched; by the names of
   * regions, one for each. It is no part of a backup. Default: none, and no package is kept.
   */
  readonly packages?: string | Readonly<Record<string, string>>;
  /** How retention runs go about it, and when they start by themselves. Default: they do not. */
  readonly retention?: RetentionOptions;
  /** Whether this process destroys what expired, every hour. Default: `hourly`. */
  readonly sweep?: "hourly" | "manual";
  /** Connections at most to each PostgreSQL database of a region, 1 to 1000. Default: 10. */
  readonly connectionsMax?: number;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

/** How often acts of processes that died are looked for. */
const REDO_MS = 5 * SECOND_MS;

const APP: Actor = { kind: "app", id: word("app"), roles: [word("app")] };

/**
 * Opens Oubli. With no configuration: an embedded store in `./oubli-data`, its root keys in
 * `./oubli-root`, one region, the `gdpr` pack and the standard purposes; or, where the store is
 * there already, the configuration that it was last opened with.
 *
 * @throws {OubliError} `CONFIG_INVALID`, `ROOT_MISSING`, `LOG_FORKED`, `SCHEMA_NEWER`, `STORE_…`.
 */
export async function openOubli(
  config?: OubliConfig | ConfigInput,
  options: OpenOptions = {},
): Promise<Oubli> {
  const resolved = resolveConfig(config);
  const names = Object.keys(resolved.regions) as Word[];
  const adopts = config === undefined && isMade(resolved.regions[names[0]!]!);
  await refuseGiven(resolved, options, { adopts });
  const clock = options.clock ?? systemClock;
  const openOne = async (name: Word): Promise<Oubli> => {
    const { connectionsMax } = options;
    const place = { region: name, clock, connectionsMax };
    const stores = await openPlace(resolved.regions[name]!, place);
    return openWith(stores, resolved, name, config === undefined, { ...options, clock, peers });
  };
  const peers: Peers = new Map();
  return names.length === 1
    ? openOne(names[0]!)
    : openRegions(resolved.policy, names, openOne, peers);
}

/** As {@link openOubli}, over stores that are open already. */
export async function openWith(
  stores: Stores | CopiedStores,
  config: OubliConfig,
  region: string,
  adoptStored: boolean,
  options: OpenOptions & { readonly clock: Clock; readonly peers?: Peers },
): Promise<Oubli> {
  const world = await openWorld({
    stores,
    region: region as Word,
    policy: adoptStored ? null : config.policy,
    fallback: config.policy,
    clock: options.clock,
    ids: options.ids ?? randomIds,
    embedder: embedderOf(options.embedder, region),
    ...(options.peers ? { peers: options.peers } : {}),
    notifiers: notifiersOf(options),
    letters: givenLanguages(options.letters),
    breachLetters: givenBreachLanguages(options.letters),
    retention: retentionSettings(options.retention),
    packages: packagesIn(options.packages, region),
    derivers: deriversOf(options),
    ...(options.tenant === undefined ? {} : { tenant: options.tenant as Word }),
    sources: givenSources(options.sources, config.policy),
    preChecks: new Map(Object.entries(options.preChecks ?? {}) as [Word, PreCheck][]),
  });
  const actor = check(shapes.actor, options.actor ?? APP, "actor") as Actor;
  const who = { tenant: (options.tenant ?? DEFAULT_TENANT) as Word, actor };
  let closing: Promise<void> | null = null;
  const scheduled = scheduleRetention(world, options.retention);
  const oubli = createOubli(world, who, () => {
    clearInterval(redoing);
    clearInterval(telling);
    clearInterval(retaining);
    scheduled?.stop();
    clearInterval(counting);
    if (sweeping) clearInterval(sweeping);
    if (detecting) clearInterval(detecting);
    return (closing ??= world.close());
  });
  // What is due stays due: whatever fails here is tried again at the next turn.
  const redoing = every(REDO_MS, async () => {
    await redo(world);
    await resumeTargets(world);
    await tendRequests(world);
  });
  const retaining = every(
    REDO_MS,
    oneAtATime(() => workRuns(world, world.retention)),
  );
  const telling = every(
    REDO_MS,
    oneAtATime(() => workIncidents(world)),
  );
  const counting = every(MINUTE_MS, () => world.tracker.flush());
  const sweeping = options.sweep === "manual" ? null : every(HOUR_MS, () => oubli.sweep());
  const detecting =
    options.sweep === "manual"
      ? null
      : every(
          HOUR_MS,
          oneAtATime(() => detectIncidents(world, world.logWatch)),
        );
  return oubli;
}

/** What takes longer than a turn is not begun again meanwhile. */
function oneAtATime(run: () => Promise<unknown>): () => Promise<unknown> {
  let running: Promise<unknown> | null = null;
  return () => (running ??= run().finally(() => (running = null)));
}

function every(ms: number, run: () => Promise<unknown>): NodeJS.Timeout {
  return setInterval(() => void run().catch(() => {}), ms).unref();
}

/** Whether {@link defineConfig} made it: that alone freezes what it answers. */
function isResolved(config: unknown): config is OubliConfig {
  const object = typeof config === "object" && config !== null && Object.isFrozen(config);
  return object && Object.hasOwn(config, "policy") && Object.hasOwn(config, "regions");
}

export function resolveConfig(config: OubliConfig | ConfigInput | undefined): OubliConfig {
  return isResolved(config) ? config : defineConfig(config === undefined ? {} : config);
}
