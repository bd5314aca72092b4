import { isOubliError, type SubjectId } from "#kernel";

import type { DamagedRows } from "./keyring.ts";

/** Subjects that are named one by one. */
const NAMED_MAX = 100;

/** Counts what one pass of a rotation could not open, and lets it go on with the rest. */
export class DamageCount {
  #rows = 0;
  readonly #subjects = new Set<SubjectId>();

  /** @returns what `open` makes of a row; `null`, and counts it, when the row does not open. */
  skip<Made>(subject: SubjectId | null, open: () => Made): Made | null {
    try {
      return open();
    } catch (error) {
      return this.#count(subject, error);
    }
  }

  /** As {@link skip}, for work that waits. */
  async skipLater<Made>(subject: SubjectId, open: () => Promise<Made>): Promise<Made | null> {
    try {
      return await open();
    } catch (error) {
      return this.#count(subject, error);
    }
  }

  result(): DamagedRows {
    return { rows: this.#rows, subjects: [...this.#subjects] };
  }

  #count(subject: SubjectId | null, error: unknown): null {
    if (!isOubliError(error, "SEAL_BROKEN")) throw error;
    this.#rows += 1;
    if (subject !== null && this.#subjects.size < NAMED_MAX) this.#subjects.add(subject);
    return null;
  }
}
