import type { Stores } from "#engine";

import { interceptStores } from "./intercepted-stores.ts";

type Kinds<Port extends keyof Stores> = Readonly<
  Record<
    Exclude<keyof Stores[Port], "close" | "name" | "logs" | "comparesChanges">,
    "reads" | "writes"
  >
>;

/** Whether a method may change what is on the disk. A port's new method does not compile here. */
const METHODS: { readonly [Port in keyof Stores]: Kinds<Port> } = {
  audit: {
    gate: "reads",
    facts: "reads",
    hasHolds: "reads",
    heldSubjects: "reads",
    gateRows: "reads",
    gateSubjects: "reads",
    append: "writes",
    head: "reads",
    entries: "reads",
    lastEntry: "reads",
    hashes: "reads",
    prune: "writes",
    consents: "reads",
    consentEvidence: "reads",
    endConsentEvidence: "writes",
    consentsWithEvidence: "reads",
    lapsedConsents: "reads",
    claimErasures: "writes",
    claimRemakes: "writes",
    settleRemakes: "writes",
    fenceReplays: "writes",
    replayFences: "reads",
    endReplayFences: "writes",
    oldestPending: "reads",
    renewLease: "writes",
    executed: "reads",
    erasure: "reads",
    queued: "reads",
    dequeue: "writes",
    outstandingBackups: "reads",
    policy: "reads",
    scrub: "writes",
  },
  cases: {
    open: "writes",
    load: "reads",
    advance: "writes",
    claim: "writes",
    renew: "writes",
    release: "writes",
    list: "reads",
    ended: "reads",
    remove: "writes",
    tenants: "reads",
    filed: "reads",
  },
  tallies: {
    add: "writes",
    bound: "reads",
    sum: "reads",
    spend: "writes",
    raise: "writes",
    spent: "reads",
  },
  keys: {
    epochs: "reads",
    beginEpoch: "writes",
    rowsUnder: "reads",
    endEpoch: "writes",
    findSubject: "reads",
    registerSubject: "writes",
    directoryRow: "reads",
    forgetDirectoryRow: "writes",
    subjects: "reads",
    subjectKey: "reads",
    insertNodeKeys: "writes",
    nodeKeys: "reads",
    liveRefs: "reads",
    dropNodeKeys: "writes",
    shredNodes: "writes",
    shredSubject: "writes",
    purgeSubject: "writes",
    fences: "reads",
    evidenceKey: "reads",
    insertEvidenceKey: "writes",
    deleteEvidenceKey: "writes",
    tagKey: "reads",
    insertTagKey: "writes",
    caseKey: "reads",
    insertCaseKey: "writes",
    deleteCaseKey: "writes",
    casesWithKey: "reads",
    subjectKeysUnder: "reads",
    rewrapSubjectKeys: "writes",
    replaceSubjectKey: "writes",
    evidenceKeysUnder: "reads",
    rewrapEvidenceKeys: "writes",
    tagKeysUnder: "reads",
    rewrapTagKeys: "writes",
    caseKeysUnder: "reads",
    rewrapCaseKeys: "writes",
    directoryRowsUnder: "reads",
    moveDirectoryRows: "writes",
    appliedLedgerIndex: "reads",
    setAppliedLedgerIndex: "writes",
    scrub: "writes",
  },
  memory: {
    insert: "writes",
    carried: "reads",
    known: "reads",
    nodesOfEvents: "reads",
    swap: "writes",
    change: "reads",
    load: "reads",
    heads: "reads",
    rows: "reads",
    erasable: "reads",
    replayTags: "reads",
    fenceReplays: "writes",
    list: "reads",
    derivations: "reads",
    madeFrom: "reads",
    session: "writes",
    nextPosition: "reads",
    fenceSubject: "writes",
    isFenced: "reads",
    purgeNodes: "writes",
    purgeSubject: "writes",
    residue: "reads",
    expired: "reads",
    endSooner: "writes",
    endFences: "writes",
    count: "reads",
    inventory: "reads",
    appliedLedgerIndex: "reads",
    setAppliedLedgerIndex: "writes",
    scrub: "writes",
  },
  notary: {
    seed: "writes",
    seeded: "reads",
    installation: "writes",
    last: "reads",
    forked: "reads",
    fork: "writes",
    compareAndSwap: "writes",
  },
  root: { create: "writes", key: "reads", epochs: "reads", destroy: "writes" },
};

/** Where a process dies: at its n-th write, counted from 0. */
export interface FaultPoint {
  readonly at: number;
  /** `before`: it was not persisted. `after`: it was, and nobody heard of it. */
  readonly side: "before" | "after";
}

/** The process is dead: nobody is there to be told. */
class Crash extends Error {}

export interface FaultyStores {
  readonly stores: Stores;
  /** Each write that was begun: `memory.insert`. */
  readonly writes: readonly string[];
  /** Lets the process die at a point, counted from now; `null`: not at all. */
  arm(point: FaultPoint | null): void;
  isDead(): boolean;
}

/** Stores of a process that dies at a named point: from then on every call of a port fails. */
export function faultyStores(real: Stores, first: FaultPoint | null = null): FaultyStores {
  let point = first;
  let writes: string[] = [];
  let dead = false;
  const stores = interceptStores(real, async ({ port, method }, go) => {
    if (dead) throw new Crash();
    const kinds = METHODS[port] as Readonly<Record<string, "reads" | "writes">>;
    if (kinds[method] !== "writes") return go();
    const here = point?.at === writes.length ? point.side : null;
    writes.push(`${port}.${method}`);
    if (here === "before") {
      dead = true;
      throw new Crash();
    }
    const result = await go();
    if (here === "after" || dead) {
      dead = true;
      throw new Crash();
    }
    return result;
  });
  return {
    stores,
    get writes() {
      return writes;
    },
    arm(next) {
      point = next;
      writes = [];
    },
    isDead: () => dead,
  };
}
