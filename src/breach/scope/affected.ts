import type { NodeId, SubjectId, Word } from "#kernel";

/** One item of a person's that an incident reached. */
export interface AffectedItem {
  readonly id: NodeId;
  readonly categories: readonly Word[];
}

/** A person whom an incident reached. Without any item: their name and consents were given out. */
export interface AffectedPerson {
  readonly subject: SubjectId;
  readonly items: readonly AffectedItem[];
  /** Questions of theirs that were given to a processor; a question is no memory. */
  readonly questions: number;
  /** Items that came with them from another region, whose own log lists them. */
  readonly unlisted: number;
}

/** A node as an entry names it. */
export interface NamedNode {
  readonly id: NodeId;
  readonly category: Word;
  /** Where it has several. */
  readonly categories?: readonly Word[];
}

interface Gathering {
  readonly items: Map<NodeId, readonly Word[]>;
  questions: number;
  unlisted: number;
}

/** What is gathered about the people of one share. */
export class Gathered {
  readonly #people = new Map<SubjectId, Gathering>();
  /** One list for all items of one category. */
  readonly #alone = new Map<Word, readonly Word[]>();
  #size = 0;

  /** People and items: what the memory that it takes grows with. */
  get size(): number {
    return this.#size;
  }

  find(subject: SubjectId): Gathering | undefined {
    return this.#people.get(subject);
  }

  person(subject: SubjectId): Gathering {
    const known = this.#people.get(subject);
    if (known !== undefined) return known;
    const person: Gathering = { items: new Map(), questions: 0, unlisted: 0 };
    this.#people.set(subject, person);
    this.#size += 1;
    return person;
  }

  add(subject: SubjectId, nodes: readonly NamedNode[]): void {
    const { items } = this.person(subject);
    for (const { id, category, categories } of nodes) {
      if (items.has(id)) continue;
      items.set(id, categories ?? this.#listOf(category));
      this.#size += 1;
    }
  }

  #listOf(category: Word): readonly Word[] {
    const known = this.#alone.get(category);
    if (known !== undefined) return known;
    const list = [category];
    this.#alone.set(category, list);
    return list;
  }

  remove(subject: SubjectId): void {
    this.#people.delete(subject);
  }

  /** By their ids, so that two runs tell them in one order. */
  *people(): Generator<AffectedPerson> {
    for (const subject of [...this.#people.keys()].sort()) {
      const { items, questions, unlisted } = this.#people.get(subject)!;
      const listed = [...items].map(([id, categories]) => ({ id, categories }));
      yield { subject, items: listed, questions, unlisted };
    }
  }
}
