import type { AnalyticsInput } from "./analytics.ts";
import type { CategoryId } from "./categories.ts";
import type { CodesInput } from "./codes.ts";
import type { Controller } from "./controller.ts";
import type { LawChanges } from "./law-changes.ts";
import type { Pack } from "./pack.ts";
import type { Policy, PolicyRegion } from "./policy.ts";
import type { HostsInput, ProcessorInput } from "./processor.ts";
import type { PurposeInput } from "./purpose.ts";
import type { TransferInput } from "./standing-transfers.ts";

/** What an application configures. Every part has a default. */
export interface ConfigInput {
  /** The laws that apply: the strictest of each rule holds. Default: `[gdpr()]`. */
  readonly packs?: readonly Pack[];
  /** Default: `default`, for every jurisdiction, in `./oubli-data`. */
  readonly regions?: Readonly<Record<string, RegionInput>>;
  /** Added to the standard purposes; one of the same name replaces it. */
  readonly purposes?: Readonly<Record<string, PurposeInput>>;
  /** Everybody who receives content, the hosts of the stores included. */
  readonly processors?: Readonly<Record<string, ProcessorInput>>;
  /** The words that may stand in the ledger beside an act; each list has defaults. */
  readonly codes?: CodesInput;
  /** Authorisations under which content may be given to processors outside its region. */
  readonly transfers?: readonly TransferInput[];
  /** The longest that a category is kept, whatever its purposes say: ISO 8601 durations. */
  readonly retention?: Readonly<Partial<Record<CategoryId, string>>>;
  /** Who answers for what is remembered: in the record of processing, in notices and letters. */
  readonly controller?: Controller;
  /** What is counted without people. Default: nothing. */
  readonly analytics?: AnalyticsInput;
  /** What the controller's place changes in the clocks of a law. */
  readonly law?: LawChanges;
}

export interface RegionInput {
  /** ISO 3166 codes, `EEA`, or `*` for all. */
  readonly jurisdictions: readonly string[];
  /**
   * `sqlite:` and a folder; or PostgreSQL: one `postgres://` URL for all of its databases, or one
   * for each.
   */
  readonly store: string | StoreUrls;
  /**
   * The folder of the root keys, apart from the store's and outside its backups; or `vault:` and
   * the address of a Vault's transit engine.
   */
  readonly root?: string;
  /**
   * How many access logs it has side by side, 1 to 64: each person's entries are in one of them.
   * Settled when the store is made. Default: 1 in files, which have one writer; 4 on PostgreSQL.
   */
  readonly accessLogs?: number;
  readonly hipaaCovered?: boolean;
  /**
   * Who runs the machines that its databases, root keys and backups are on: a processor's name, or
   * `self`. Default: `self` for files, which leave no process; `null` for anything else.
   */
  readonly hosts?: HostsInput;
}

/** Databases with credentials and backups of their own. */
export interface StoreUrls {
  readonly memory: string;
  readonly keys: string;
  readonly audit: string;
  /** Best on a server of its own. Default: a file beside the root keys. */
  readonly notary?: string;
}

/** A configuration with every default filled in: plain JSON, frozen. */
export interface OubliConfig {
  readonly policy: Policy;
  readonly regions: Readonly<Record<string, Region>>;
}

export interface Region extends PolicyRegion {
  readonly store: string | StoreUrls;
  readonly root: string | null;
  /** Absent: as many as the store was made with. */
  readonly accessLogs?: number;
}
