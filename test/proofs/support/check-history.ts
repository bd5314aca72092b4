import type { Operation, SeenNode } from "./history.ts";
import {
  answerOf,
  byKind,
  isAcknowledged,
  itemsOf,
  mayHaveHappened,
  tokensOf,
  type ByKind,
  type Item,
  type Items,
} from "./items.ts";

/** The process that reads everything once more when all others are gone. */
export const LAST_READER = "last";

/**
 * Compares what every read returned with what was acknowledged before it began, and what could
 * have happened before it ended. Acts that overlap may have happened in any order.
 *
 * @returns a sentence for each contradiction; none: the history is one that the product allows.
 */
export function checkHistory(operations: readonly Operation[]): string[] {
  const history: History = { items: itemsOf(operations), acts: byKind(operations) };
  const reads = operations.filter(
    ({ act }) => act.kind === "recall" || act.kind === "block" || act.kind === "export",
  ) as Read[];
  return reads.flatMap((read) => {
    const answer = answerOf(read);
    if (answer === null) return [];
    const faults = [
      ...unconsented(history, read),
      ...(answer.nodes ?? []).flatMap((node) => nodeFaults(history, read, node)),
      ...tokensOf(answer.context ?? "").flatMap((token) => tokenFaults(history, read, token, null)),
      ...missing(history, read, answer.nodes ?? null),
      ...halves(history, read, answer.nodes ?? []),
    ];
    return faults.map((fault) => `${read.act.kind} by ${read.by} at ${read.begun}: ${fault}`);
  });
}

interface History {
  readonly items: Items;
  readonly acts: ByKind;
}

type Read = Operation & {
  readonly act: Extract<Operation["act"], { kind: "recall" | "block" | "export" }>;
};

/** A consent that may have been in force: granted, and not surely withdrawn again. */
function unconsented({ acts }: History, { act, begun, ended }: Read): string[] {
  if (act.kind === "export" || act.purpose !== "mood") return [];
  const { subject, purpose } = act;
  const over = acts
    .get(subject, "withdraw")
    .filter((one) => one.act.purpose === purpose && isAcknowledged(one) && one.ended < begun)
    .map((one) => one.begun);
  const last = Math.max(-Infinity, ...over);
  const possible = acts
    .get(subject, "grant")
    .some((one) => one.act.purpose === purpose && one.begun < ended && one.ended >= last);
  return possible ? [] : ["released without a consent in force"];
}

function nodeFaults(history: History, read: Read, node: SeenNode): string[] {
  const [own, ...within] = tokensOf(node.content);
  const given = own === undefined ? null : history.items.given(own);
  if (given === null) return [`${node.id} holds a text that nobody gave`];
  if (given.item.id !== node.id) return [`${node.id} holds the text of ${given.item.id}`];
  if (given.item.subject !== read.act.subject) return [`${node.id} is another person's`];
  return [
    ...tokenFaults(history, read, own!, node.revision),
    ...within.flatMap((token) => tokenFaults(history, read, token, null)),
  ];
}

/** @param seenAt The revision that was read; `null` for text within other text. */
function tokenFaults(history: History, read: Read, token: string, seenAt: number | null): string[] {
  const given = history.items.given(token);
  if (given === null) return [`a text that nobody gave: ${token}`];
  const { item, by } = given;
  const faults: string[] = [];
  const within = seenAt === null ? carriersOf(history.items, item) : [];
  const end = endOf(history, item, read.begun, within);
  if (end !== null) faults.push(`${item.id} (${token}) is back after a ${end.act.kind}`);
  const revision = seenAt ?? (by === item.made ? 1 : answerOf(by)?.revision);
  const newest = Math.max(
    0,
    ...history.acts
      .get(item.subject, "correct")
      .filter((one) => one.act.node === item.id && one.ended < read.begun)
      .filter((one) => !within.some((carrier) => mayBeHeld(history.acts, carrier, one)))
      .map((one) => answerOf(one)?.revision ?? 0),
  );
  if (revision !== undefined && revision < newest) {
    faults.push(`${item.id} has its old text ${token} after a correction`);
  }
  return faults;
}

/** What was made from a memory, and says what it says: a hold on that keeps the text in it. */
function carriersOf(items: Items, { id }: Item): readonly Item[] {
  return items.all.filter((one) => one.id !== id && id !== null && one.line.includes(id));
}

/**
 * The acknowledged act after which a memory can no longer be read.
 *
 * @param carriers Other memories that its text may have been read in.
 */
function endOf(
  { acts }: History,
  item: Item,
  at: number,
  carriers: readonly Item[],
): Operation | null {
  const { subject, purpose, made, line } = item;
  const done = (one: Operation): boolean =>
    isAcknowledged(one) &&
    one.ended < at &&
    ![item, ...carriers].some((held) => mayBeHeld(acts, held, one));
  const erased = acts.get(subject, "erase").find(done);
  if (erased) return erased;
  const forgotten = acts.get(subject, "forget").find(
    (one) =>
      done(one) &&
      // A source that a hold kept keeps what was made from it.
      one.act.nodes.some(
        (node) => line.includes(node) && !mayBeHeld(acts, { subject, id: node }, one),
      ),
  );
  if (forgotten) return forgotten;
  const remade = acts
    .get(subject, "correct")
    .find(
      (one) =>
        done(one) &&
        made.ended < one.begun &&
        one.act.node !== item.id &&
        line.includes(one.act.node),
    );
  if (remade) return remade;
  return (
    acts.get(subject, "withdraw").find(
      (one) =>
        done(one) &&
        one.act.purpose === purpose &&
        made.ended < one.begun &&
        // One that found another act in its way leaves its erasure to the next sweep, and a
        // consent that is given again until then keeps what rests on it.
        (answerOf(one)?.erasures ?? 0) > 0 &&
        !grantedDuring(acts, one),
    ) ?? null
  );
}

function grantedDuring(
  acts: ByKind,
  withdrawal: Operation & { act: { subject: string } },
): boolean {
  return acts
    .get(withdrawal.act.subject, "grant")
    .some(({ begun, ended }) => begun < withdrawal.ended && ended > withdrawal.begun);
}

type Held = Pick<Item, "subject" | "id">;

function mayBeHeld(acts: ByKind, item: Held, act: Operation): boolean {
  return acts.get(item.subject, "hold").some((hold) => {
    if (!covers(hold.act.nodes, item) || !mayHaveHappened(hold) || hold.begun > act.ended) {
      return false;
    }
    return !releasesOf(acts, item.subject, hold).some(
      (release) => isAcknowledged(release) && release.ended < act.begun,
    );
  });
}

/** Held when the act began, and not released before the read ended. */
function isHeld(acts: ByKind, item: Item, act: Operation, read: Read): boolean {
  return acts.get(item.subject, "hold").some((hold) => {
    if (!covers(hold.act.nodes, item) || !isAcknowledged(hold) || hold.ended > act.begun) {
      return false;
    }
    return !releasesOf(acts, item.subject, hold).some(({ begun }) => begun < read.ended);
  });
}

/** A hold on a whole person covers what was made before it. */
function covers(nodes: readonly string[] | null, item: Pick<Item, "id">): boolean {
  return nodes === null || (item.id !== null && nodes.includes(item.id));
}

function releasesOf(acts: ByKind, subject: string, hold: Operation) {
  const id = answerOf(hold)?.hold;
  return acts.get(subject, "release").filter(({ act }) => act.hold === id);
}

/** Acknowledged memories that a read which had room for all of them did not return. */
function missing(history: History, read: Read, nodes: readonly SeenNode[] | null): string[] {
  const { act } = read;
  if (nodes === null || (act.kind === "recall" && nodes.length >= act.limit)) return [];
  const found = new Set(nodes.map(({ id }) => id));
  return history.items.all
    .filter(
      (item) =>
        item.subject === act.subject &&
        (act.kind === "export" || item.purpose === act.purpose) &&
        isAcknowledged(item.made) &&
        item.made.ended < read.begun &&
        !found.has(item.id!) &&
        !mayBeAway(history.acts, item, read),
    )
    .map((item) => `${item.id} was acknowledged and is not there`);
}

/** Whether an act may have destroyed a memory, or hidden it, before a read ended. */
function mayBeAway(acts: ByKind, item: Item, read: Read): boolean {
  const { subject, line, purpose, made } = item;
  const may = (one: Operation): boolean =>
    mayHaveHappened(one) && one.begun < read.ended && !isHeld(acts, item, one, read);
  // No erasure: a person who is being erased is not read at all.
  return (
    acts
      .get(subject, "forget")
      .some((one) => may(one) && one.act.nodes.some((node) => line.includes(node))) ||
    acts
      .get(subject, "withdraw")
      .some((one) => may(one) && one.act.purpose === purpose && one.ended > made.begun) ||
    acts.get(subject, "correct").some((one) => {
      // One that met an erasure half-way was taken back, and hid the memory until then.
      const hid = one.outcome !== null && "error" in one.outcome && one.begun < read.ended;
      const undone = hid && one.outcome.error === "SUBJECT_ERASED";
      if (!(may(one) || undone) || !line.includes(one.act.node)) return false;
      // The memory itself is hidden only while its correction goes on.
      return one.act.node !== item.id || (one.ended > read.begun && read.by !== LAST_READER);
    })
  );
}

/** Acts that were never acknowledged happened as a whole, or not at all. */
function halves({ acts, items }: History, read: Read, nodes: readonly SeenNode[]): string[] {
  if (read.by !== LAST_READER || read.act.kind !== "export") return [];
  const { subject } = read.act;
  const found = new Set(nodes.map(({ id }) => id));
  const alone = (item: Item | undefined, except: Operation | null): boolean =>
    item !== undefined &&
    !acts
      .get(subject, "forget")
      .some((one) => one !== except && one.act.nodes.some((node) => item.line.includes(node))) &&
    acts.get(subject, "withdraw").length === 0 &&
    acts.get(subject, "hold").length === 0;
  const faults: string[] = [];
  for (const made of acts.get(subject, "remember")) {
    if (isAcknowledged(made)) continue;
    const its = items.all.filter((item) => item.made === made);
    const there = its.filter(({ id }) => id !== null && found.has(id)).length;
    if (there === 0 || there === its.length || !its.every((item) => alone(item, null))) continue;
    faults.push(`of ${its.length} memories of one call, ${there} are there`);
  }
  for (const forgotten of acts.get(subject, "forget")) {
    if (isAcknowledged(forgotten)) continue;
    const its = forgotten.act.nodes.map((id) => items.byId.get(id));
    if (!its.every((item) => alone(item, forgotten))) continue;
    const there = its.filter((item) => found.has(item!.id!)).length;
    if (there > 0 && there < its.length) {
      faults.push(`of ${its.length} memories that one call forgot, ${there} are there`);
    }
  }
  return faults;
}
