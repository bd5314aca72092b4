import type { Subject } from "#engine";
import type { Certificate } from "#erasure";
import type { NodeId } from "#kernel";

import type { Stored } from "../import/import-lines.ts";
import type { Opened } from "../open.ts";
import type { Choice, Scenario } from "./scenario.ts";

/** Where a run of the demo works. */
export interface Places {
  readonly data: string;
  readonly root: string;
  /** A copy of the whole data folder, from before anything was erased. */
  readonly backup: string;
  readonly exported: string;
}

export interface Person {
  readonly name: string;
  readonly subject: Subject;
  readonly stored: readonly Stored[];
  readonly choice: Choice;
  /** What can no longer be opened as it was stored: forgotten, withdrawn, or corrected. */
  readonly gone: Set<NodeId>;
}

export interface DemoWorld {
  readonly scenario: Scenario;
  readonly places: Places;
  readonly opened: Opened;
  readonly people: readonly Person[];
  readonly certificates: Certificate[];
}
