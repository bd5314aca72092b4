import type { CaseWorld } from "#cases";
import type { Word } from "#kernel";

import type { PreCheck } from "./pre-check.ts";
import type { Source } from "./source.ts";

/** What the sources of one region work with. */
export interface SourcesWorld extends CaseWorld {
  /** Those that this process has the functions of, by name. The policy names all. */
  readonly sources: ReadonlyMap<Word, Source>;
  /** The regions that are open beside it: a source may serve people of each. */
  readonly peers: ReadonlyMap<Word, Pick<CaseWorld, "keyring">>;
  readonly preChecks: ReadonlyMap<Word, PreCheck>;
}
