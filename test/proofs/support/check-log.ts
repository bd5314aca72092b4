import { readEntry, type Entry, type LogName } from "#audit";
import type { Stores } from "#engine";

import type { Operation } from "./history.ts";
import { answerOf } from "./items.ts";

interface Placed {
  readonly log: LogName;
  readonly index: number;
  readonly entry: Entry;
}

const PAGE = 1000;

export async function entriesOf({ audit }: Stores, log: LogName): Promise<Placed[]> {
  const all: Placed[] = [];
  for (let from = 0; ;) {
    const page = await audit.entries(log, { from, limit: PAGE });
    for (const { index, bytes } of page) {
      all.push({ log, index, entry: readEntry(bytes!) });
    }
    if (page.length < PAGE) return all;
    from = page.at(-1)!.index + 1;
  }
}

/** Of all access logs; a person's are in one of them, in their order. */
export async function accessesOf(stores: Stores): Promise<Placed[]> {
  const all: Placed[] = [];
  for (const log of stores.audit.logs) {
    if (log !== "ledger") all.push(...(await entriesOf(stores, log)));
  }
  return all;
}

/** People whose accesses stand in more than one log. */
function strays(access: readonly Placed[]): string[] {
  const logs = new Map<string, LogName>();
  return access.flatMap(({ log, index, entry: { subject } }) => {
    if (subject === null) return [];
    if (!logs.has(subject)) logs.set(subject, log);
    const first = logs.get(subject)!;
    return first === log ? [] : [`${log} ${index}: of a person whose accesses are in ${first}`];
  });
}

/**
 * What the logs say by themselves, without the product's own check: read from the entries'
 * bytes alone.
 */
export async function checkEntries(stores: Stores): Promise<string[]> {
  const access = await accessesOf(stores);
  const ledger = await entriesOf(stores, "ledger");
  return [
    ...strays(access),
    ...gatesGoingBack(access),
    ...gatesGoingBack(ledger),
    ...readsAfterIntents(access, ledger),
    ...endings(ledger),
  ];
}

/** Every append found the gate where its call had read it; and gates only go up. */
function gatesGoingBack(entries: readonly Placed[]): string[] {
  const gates = new Map<string, number>();
  const faults: string[] = [];
  for (const { log, index, entry } of entries) {
    const { subject, gate, t } = entry;
    if (subject === null || typeof gate !== "number") continue;
    const before = gates.get(subject) ?? 0;
    // In the ledger each act moves the gate; an intent may take several entries.
    if (gate < before || (log === "ledger" && gate === before && entry["part"] === 0)) {
      faults.push(`${log} ${index}: ${t} at gate ${gate} after gate ${before}`);
    }
    gates.set(subject, Math.max(before, gate));
  }
  return faults;
}

type Named = readonly { readonly id: string; readonly revision: number }[];

/** No release names what an intent at or below its gate had planned. */
function readsAfterIntents(access: readonly Placed[], ledger: readonly Placed[]): string[] {
  const aborted = new Set(
    ledger
      .filter(({ entry }) => entry.t === "correct.aborted")
      .map(({ entry }) => entry["erasure"]),
  );
  const forbidden = new Map<string, number>();
  const held = new Map<string, Set<string>>();
  for (const { entry } of ledger) {
    const { t, subject, gate } = entry;
    if (t !== "erase.intent" && t !== "correct.intent") continue;
    if (aborted.has(entry["erasure"])) continue;
    const nodes = (entry["nodes"] as Named | null)?.map(({ id, revision }) =>
      t === "correct.intent" ? `${id}@${revision}` : id,
    );
    for (const name of nodes ?? [`${subject}`]) {
      if (!forbidden.has(name)) forbidden.set(name, gate as number);
    }
    if (nodes === undefined) held.set(subject!, new Set(entry["held"] as string[]));
  }
  return access.flatMap(({ log, index, entry }) => {
    if (entry.t !== "retrieve" && entry.t !== "export") return [];
    const gate = entry["gate"] as number;
    const after = (name: string): boolean => gate >= (forbidden.get(name) ?? Infinity);
    const bad = (entry["nodes"] as Named).filter(
      ({ id, revision }) =>
        after(id) ||
        after(`${id}@${revision}`) ||
        (after(entry.subject!) && !held.get(entry.subject!)?.has(id)),
    );
    return bad.map(({ id, revision }) =>
      [
        `${log} ${index}: ${String(entry["verb"])} of ${id}@${revision} at gate ${gate},`,
        `forbidden from gate ${[id, `${id}@${revision}`, entry.subject!].map((name) => forbidden.get(name))}`,
      ].join(" "),
    );
  });
}

/** Every intent has one end. */
function endings(ledger: readonly Placed[]): string[] {
  const ends = new Map<unknown, number>();
  for (const { entry } of ledger) {
    if (entry.t === "correct.aborted" || entry.t.endsWith(".executed")) {
      ends.set(entry["erasure"], (ends.get(entry["erasure"]) ?? 0) + 1);
    }
  }
  return ledger
    .filter(({ entry }) => entry.t.endsWith(".intent") && !ends.has(entry["erasure"]))
    .map(({ index, entry }) => `ledger ${index}: ${entry.t} has no end`);
}

/** Each release that somebody got stands in the log once, as the one that it was. */
export async function checkReleases(
  stores: Stores,
  operations: readonly Operation[],
): Promise<string[]> {
  const access = new Map(
    (await accessesOf(stores)).map(({ log, index, entry }) => [`${log} ${index}`, entry]),
  );
  const taken = new Map<string, Operation>();
  return operations.flatMap((operation) => {
    const answer = answerOf(operation);
    if (answer?.auditIndex === undefined || !("subject" in operation.act)) return [];
    const { kind, subject } = operation.act;
    const place = `${answer.auditLog} ${answer.auditIndex}`;
    const entry = access.get(place);
    const at = `${kind} by ${operation.by}: ${place}`;
    const other = taken.get(place);
    taken.set(place, operation);
    if (other) return [`${at} is also that of a ${other.act.kind} by ${other.by}`];
    if (entry === undefined) return [`${at} is not there`];
    if (entry.subject !== subject) return [`${at} is another person's`];
    if (entry.t !== (kind === "remember" ? "remember" : "retrieve")) return [`${at} is ${entry.t}`];
    if (kind === "block") return [];
    const named = names(entry["nodes"] as Named);
    const got = names(answer!.nodes!);
    return named === got ? [] : [`${at} names ${named}, and ${got} was given out`];
  });
}

function names(nodes: Named): string {
  return nodes
    .map(({ id, revision }) => `${id}@${revision}`)
    .sort()
    .join(" ");
}
