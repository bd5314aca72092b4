import type { Entry } from "#audit";
import type { EpochMs, Word } from "#kernel";

/** What the ledger tells of a request beside its state; `null`: no entry told it. */
export interface ToldRequest {
  readonly identity: Word | null;
  readonly waitingFor: readonly Word[] | null;
  readonly exceptions: readonly Word[] | null;
  readonly recipients: ReadonlyMap<Word, Telling>;
}

/** What became of telling somebody outside, and since when. */
interface Telling {
  readonly is: "told" | "excused" | "untold";
  readonly since: EpochMs;
}

const NOTHING: ToldRequest = {
  identity: null,
  waitingFor: null,
  exceptions: null,
  recipients: new Map(),
};

/** What a further step makes of it. */
export function requestAfter(before: ToldRequest = NOTHING, entry: Entry): ToldRequest {
  const told = entry as Entry & {
    readonly identity?: Word;
    readonly exceptions?: readonly Word[];
  };
  const recipients = recipientsAfter(before, entry);
  const proven = entry["to"] === "acknowledged" && entry["from"] === "identity-pending";
  return {
    identity: proven ? ("code" as Word) : (told.identity ?? before.identity),
    waitingFor: waitingAfter({ ...before, recipients }, entry),
    exceptions: told.exceptions ?? before.exceptions,
    recipients,
  };
}

function recipientsAfter({ recipients }: ToldRequest, entry: Entry): ToldRequest["recipients"] {
  const named = (key: string, is: Telling["is"]) =>
    ((entry[key] ?? []) as readonly Word[]).map((name) => [name, { is, since: entry.ts }] as const);
  const changed = [...named("untold", "untold"), ...named("told", "told")];
  return new Map([...recipients, ...changed, ...named("notTold", "excused")]);
}

const ANSWERED: ReadonlySet<unknown> = new Set(["completed", "completed-with-exceptions"]);

function waitingAfter(after: ToldRequest, entry: Entry): ToldRequest["waitingFor"] {
  if (ANSWERED.has(entry["state"])) return untoldOf(after).map(([name]) => name);
  if (entry["to"] === undefined) return after.waitingFor;
  const blocks = entry["blocks"] as readonly { readonly code: Word }[] | undefined;
  switch (entry["to"]) {
    case "identity-pending":
      return ["identity" as Word];
    case "waiting":
      return (entry["waitingFor"] as readonly Word[]) ?? blocks?.map(({ code }) => code) ?? null;
    // What stands in the way of the first step, no entry tells.
    case "received":
      return null;
    default:
      return [];
  }
}

/** Who still has to be told, and since when. */
export function untoldOf({ recipients }: Pick<ToldRequest, "recipients">) {
  return [...recipients].filter(([, { is }]) => is === "untold");
}

/** Whether two steps under one number tell the same, so that it does not matter which was taken. */
export function isSame(one: ToldRequest, other: ToldRequest): boolean {
  return JSON.stringify(textOf(one)) === JSON.stringify(textOf(other));
}

function textOf({ recipients, ...rest }: ToldRequest) {
  return { ...rest, recipients: [...recipients].map(([name, { is }]) => [name, is]).sort() };
}

/** What a row says of the same. */
export interface SaidByRow {
  readonly identity?: Word;
  readonly waitingFor?: readonly Word[];
  readonly exceptions?: readonly Word[];
  readonly recipients?: readonly {
    readonly recipient: Word;
    readonly toldAt: EpochMs | null;
    readonly because: Word | null;
  }[];
}

/**
 * Whether a row says what the ledger tells. Of recipients it may say less than was done, never more:
 * those that an erasure reached leave the list.
 */
export function saysAsTold(row: SaidByRow, told: ToldRequest): boolean {
  const { recipients = [] } = row;
  const said = new Map(recipients.map((one) => [one.recipient, one]));
  const done = recipients.every(({ recipient, toldAt, because }) => {
    const is = told.recipients.get(recipient)?.is;
    return (toldAt === null || is === "told") && (because === null || is === "excused");
  });
  const open = untoldOf(told).every(([name]) => said.has(name));
  return (
    done &&
    open &&
    (told.identity === null || row.identity === told.identity) &&
    isSameSet(row.waitingFor, told.waitingFor) &&
    isSameSet(row.exceptions, told.exceptions)
  );
}

function isSameSet(said: readonly Word[] = [], told: readonly Word[] | null): boolean {
  if (told === null) return true;
  const names = new Set(said);
  return names.size === new Set(told).size && told.every((name) => names.has(name));
}
