import type { EntryType } from "#audit";
import type { Actor, CaseId, EpochMs, Json, SubjectId, Word } from "#kernel";

import type { CaseFacts, CaseKind, CaseRow } from "./case-store.ts";

/** A case with its file open; `null` once the file is destroyed. */
export interface Case<File extends Json> extends CaseRow {
  readonly file: File | null;
}

/** What the ledger says of a step; `case`, `step` and `state` stand beside the facts. */
export interface CaseEntry {
  readonly t: EntryType;
  readonly facts?: CaseFacts;
}

export interface NewCase<File extends Json> {
  /** Default: a random one. One that is told is opened once, by whichever process is first. */
  readonly id?: CaseId;
  readonly kind: CaseKind;
  readonly tenant: Word;
  readonly actor: Actor;
  readonly subject: SubjectId | null;
  readonly parent?: CaseId | null;
  readonly state: Word;
  readonly dueAt?: EpochMs | null;
  readonly endsAt?: EpochMs | null;
  readonly facts?: CaseFacts;
  readonly file: File;
  readonly entry: CaseEntry;
}

/** What a step changes; whatever it does not name stays. */
export interface Step<File extends Json> {
  readonly actor: Actor;
  readonly entry: CaseEntry;
  readonly state?: Word;
  /** Whom it is about, once that is known. */
  readonly subject?: SubjectId;
  readonly dueAt?: EpochMs | null;
  readonly endsAt?: EpochMs | null;
  /** In the place of all facts there were; a function gets the ledger's index of this step. */
  readonly facts?: CaseFacts | ((index: number) => CaseFacts);
  /** In the place of the whole file. */
  readonly file?: File;
  /** It is done, and wants no more attention. */
  readonly close?: boolean;
  /** Destroys the file and its key: what older copies have of it is noise. */
  readonly destroyFile?: boolean;
}
