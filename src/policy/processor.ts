import type { Word } from "#kernel";

import type { Category, CategoryId } from "./categories.ts";

/**
 * What a recipient is, in law. `infrastructure` holds what is sealed already: a database, a backup,
 * a key service. A `third-party` uses what it gets for ends of its own.
 *
 * @source GDPR Art. 4(8), 4(10), 28(4) · 45 CFR 160.103 (business associate)
 */
export const PROCESSOR_ROLES = [
  "processor",
  "sub-processor",
  "infrastructure",
  "third-party",
] as const;

export type ProcessorRole = (typeof PROCESSOR_ROLES)[number];

/** A contract on record. It is in force from the day it was signed until the day it expires. */
export interface ContractInput {
  /** A day: `2026-05-01`. */
  readonly signed: string;
  /** The first day on which it is no longer in force. Default: it has no end. */
  readonly expires?: string;
  /** Where it is filed, as a code: `DPA-2026-17`. */
  readonly document: string;
}

/** Whoever receives content, as it is written in a configuration. */
export interface ProcessorInput {
  /** What it is called: `OpenAI Ireland Ltd`. Default: the name that it is registered under. */
  readonly name?: string;
  /** Where it is found, for an accounting of disclosures. @source 45 CFR 164.528(b)(2)(ii) */
  readonly address?: string;
  readonly role: ProcessorRole;
  /** Where it works: the name of a region, or of a place that is none of yours. */
  readonly region: string;
  /** Where it is established: an ISO 3166 code. */
  readonly country: string;
  /** The data processing agreement. @source GDPR Art. 28(3) */
  readonly dpa: ContractInput;
  /** The business associate agreement. @source 45 CFR 164.504(e) */
  readonly baa?: ContractInput & { readonly expires: string };
  /** Whether it trains models on what it gets. */
  readonly trainsOnData: boolean;
  /** The purpose whose explicit consent allows training; without one, training is refused. */
  readonly trainingPurpose?: string;
  /** How long it keeps what it gets, in the contract's words: `30 days`. */
  readonly retention: string;
  /** What it may be used for. Without a list, every disclosure to it is a gap. */
  readonly purposes?: readonly string[];
  /** What kinds of data it may get. Without a list, every disclosure to it is a gap. */
  readonly categories?: readonly CategoryId[];
}

export interface Contract {
  readonly signed: string;
  readonly expires: string | null;
  readonly document: Word;
}

/** A processor with every default filled in: plain JSON. */
export interface Processor {
  /** Absent, with the address, where the configuration says none. */
  readonly name?: string;
  readonly address?: string;
  readonly role: ProcessorRole;
  readonly region: Word;
  readonly country: Word;
  readonly dpa: Contract;
  readonly baa: Contract | null;
  readonly trainsOnData: boolean;
  readonly trainingPurpose: Word | null;
  readonly retention: string;
  readonly purposes: readonly Word[] | null;
  readonly categories: readonly Category[] | null;
}

/** What of a region stands on somebody's machines. */
export const HOST_KINDS = ["memory", "keys", "audit", "root", "backup"] as const;

export type HostKind = (typeof HOST_KINDS)[number];

/** In place of a processor's name: the controller runs it, and nobody else can reach it. */
export const OWN_HOST = "self";

/** Who runs it: a processor's name, `self`; `null`: somebody, and no contract is on record. */
export type HostsInput = Readonly<Partial<Record<HostKind, string | null>>>;

/** The hosts that are not the controller's own. */
export type Hosts = Readonly<Partial<Record<HostKind, Word | null>>>;
