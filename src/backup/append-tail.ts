import {
  effectsOf,
  tryReadEntry,
  type Append,
  type AuditStore,
  type Checkpoint,
  type Entry,
  type LogName,
  type Notary,
  type SealedEntry,
  type TailContext,
} from "#audit";
import { OubliError, utf8Text, type EpochMs, type Id } from "#kernel";
import { parseEntryBundle, TILE_WIDTH, tilePath, tilesOf, verifyCheckpoint } from "#verify";

/** The files of `oubli audit export`, below its folder; `null` for one that is not there. */
export type ReadExport = (path: string) => Promise<Uint8Array | null>;

/** How many entries of each log came back. */
export type TailSizes = Readonly<Record<string, number>>;

/** Entries of one transaction. */
const BATCH = 200;

/**
 * Brings a staged audit database up to what its notary signed, from an exported copy of the logs:
 * the entries byte for byte, and what gates reads as they tell it.
 *
 * Why the copy need not be trusted: what is appended is hashed into the same tree, and the caller
 * compares its root with the notary's own checkpoint. One changed bit, and it is another root.
 *
 * @returns how many entries came back.
 * @throws {OubliError} `LOG_FORKED` when the copy ends before what was signed; `BACKUP_DAMAGED`
 *   when it is no such copy.
 */
export async function appendTail(
  store: AuditStore,
  notary: Notary,
  read: ReadExport,
  context: TailContext,
): Promise<TailSizes> {
  const counts: Record<LogName, number> = { access: 0, ledger: 0 };
  for (const log of store.logs) {
    const signed = await notary.last(log);
    if (signed) counts[log] = await appendOne(store, notary, { log, signed, read, context });
  }
  return counts;
}

interface Tail {
  readonly log: LogName;
  readonly signed: Checkpoint;
  readonly read: ReadExport;
  readonly context: TailContext;
}

async function appendOne(store: AuditStore, notary: Notary, tail: Tail): Promise<number> {
  const { log, signed, context } = tail;
  const { size } = await store.head(log);
  if (size >= signed.size) return 0;
  await refuseShort(notary, tail);
  let acts: Entry[][] = [];
  let bytes: Uint8Array[][] = [];
  const flush = async (): Promise<void> => {
    const batch = acts.map((act, at) => appendOf(log, act, bytes[at]!, context));
    if (batch.length > 0) await store.append(batch, context.lease.now);
    [acts, bytes] = [[], []];
  };
  for await (const entry of entriesFrom(tail, size)) {
    const parsed = tryReadEntry(entry);
    if (parsed === null) throw damaged(log);
    const last = acts.at(-1);
    if (last && isPartOf(parsed, last.at(-1)!)) {
      last.push(parsed);
      bytes.at(-1)!.push(entry);
      continue;
    }
    if (acts.length >= BATCH) await flush();
    acts.push([parsed]);
    bytes.push([entry]);
  }
  await flush();
  return signed.size - size;
}

/** The parts of one act stand behind one another, and have one effect. */
function isPartOf(entry: Entry, before: Entry): boolean {
  const next = Number(before["part"]) + 1;
  const same = entry.t === before.t && entry["erasure"] === before["erasure"];
  return same && entry["part"] === next && next < Number(before["parts"]);
}

async function refuseShort(notary: Notary, { log, signed, read }: Tail): Promise<void> {
  const note = await read(`${log}/checkpoint`);
  const checked = note && (await verifyCheckpoint(utf8Text(note), notary.verifierKey(log)));
  if (!checked?.valid) throw damaged(log);
  const { size } = checked.checkpoint;
  if (size < signed.size) throw new OubliError("LOG_FORKED", { signed: signed.size, found: size });
}

async function* entriesFrom({ log, signed, read }: Tail, from: number): AsyncGenerator<Uint8Array> {
  for (const tile of tilesOf("entries", signed.size)) {
    const start = tile.index * TILE_WIDTH;
    if (start + tile.width <= from) continue;
    const widths = [tile.width, TILE_WIDTH];
    let file: Uint8Array | null = null;
    for (const width of widths) file ??= await read(`${log}/${tilePath({ ...tile, width })}`);
    const entries = file && parseEntryBundle(file);
    if (!entries || entries.length < tile.width) throw damaged(log);
    yield* entries.slice(Math.max(0, from - start), tile.width);
  }
}

function appendOf(
  log: LogName,
  act: readonly Entry[],
  bytes: readonly Uint8Array[],
  context: TailContext,
): Append {
  const entries = act.map((entry, at): SealedEntry => {
    const { t: type, ts, subject } = entry;
    return { id: entry.id as Id<"entry">, type, ts: ts as EpochMs, subject, bytes: bytes[at]! };
  });
  const effects = log === "ledger" ? effectsOf(act, context) : [];
  return { log, entries, check: null, effects };
}

function damaged(log: LogName): OubliError {
  return new OubliError("BACKUP_DAMAGED", { log: log as never });
}
