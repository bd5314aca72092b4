import { join } from "node:path";

import { accessLogOf, readEntry, type Entry } from "#audit";
import { openPlace, openWith, type Folders, type Oubli, type Subject } from "#engine";
import { systemClock, type NodeId } from "#kernel";
import { defineConfig } from "#policy";
import { openAuditStore, postgres } from "#store";

import { interceptStores } from "./intercepted-stores.ts";
import { newPlace } from "./residue-world.ts";

const PURPOSE = "support";
const CONFIG = defineConfig({
  purposes: { [PURPOSE]: { basis: "contract", categories: ["preference"], retention: "P1Y" } },
  processors: {
    model: {
      role: "processor",
      region: "eu",
      country: "DE",
      dpa: { signed: "2026-01-02", document: "DPA-1" },
      trainsOnData: false,
      retention: "none",
      purposes: [PURPOSE],
      categories: ["preference"],
    },
  },
});

/** A word that stands in every memory, so that any release shows it. */
export const TOKEN = "quokka";

/** What becomes of one append: `go` makes it. */
export type Appending = (go: () => Promise<unknown>) => Promise<unknown>;

export interface AuditedWorld extends AsyncDisposable {
  readonly place: Folders;
  readonly oubli: Oubli;
  readonly ada: Subject;
  readonly nodes: readonly NodeId[];
  /** From now on appends go this way; `null`: as they do. */
  through(appending: Appending | null): void;
  /** Entries of the access log from an index on, read by another connection to the file. */
  durable(from: number): Promise<readonly Entry[]>;
  size(): Promise<number>;
}

/**
 * A world on real files, whose appends a test may spoil, with a second reader of the log.
 *
 * @param given Files that are somebody else's, and stay.
 * @param url Of a server, where the databases are not files.
 */
export async function openAudited(given?: Folders, url?: string): Promise<AuditedWorld> {
  const own = given ? null : newPlace();
  const place = given ?? own!;
  let appending: Appending | null = null;
  const at = { store: url ?? `sqlite:${place.data}`, root: place.root };
  const stores = await openPlace(at, { region: "eu", clock: systemClock });
  const spoiled = interceptStores(stores, ({ port, method }, go) =>
    port === "audit" && method === "append" && appending ? appending(go) : go(),
  );
  const options = { clock: systemClock, sweep: "manual" } as const;
  const oubli = await openWith(spoiled, CONFIG, "eu", false, options);
  const witness =
    url === undefined
      ? openAuditStore(join(place.data, "audit.db"))
      : await postgres.openAuditStore({ url, region: "eu" });
  const ada = await oubli.subject("ada");
  const log = accessLogOf(ada.id, witness.logs);
  const chat = ada.session({ purpose: PURPOSE });
  const texts = ["likes tea", "likes walks", "likes the sea"].map((text) => `${TOKEN} ${text}`);
  const messages = texts.map((content) => ({ role: "user" as const, content }));
  const { nodes } = await chat.remember(messages);
  await chat.link(nodes[0]!, nodes[1]!, "next_to");
  await chat.block("kept", TOKEN);

  return {
    place,
    oubli,
    ada,
    nodes,
    through: (way) => void (appending = way),
    async durable(from) {
      const entries = await witness.entries(log, { from, limit: 1000 });
      return entries.map(({ bytes }) => readEntry(bytes!));
    },
    size: async () => (await witness.head(log)).size,
    async [Symbol.asyncDispose]() {
      appending = null;
      await witness.close();
      await oubli.close();
      for (const store of [stores.memory, stores.keys, stores.audit, stores.notary]) {
        await store.close();
      }
      own?.[Symbol.dispose]();
    },
  };
}

/** Nodes that left the process, and the index under which the caller was told to look, if any. */
export interface Release {
  readonly nodes: readonly string[];
  readonly text: string;
  readonly auditIndex: number | null;
  /** How many more nodes its entry may name: what was read along with it. */
  readonly beside?: number;
}

/** Every call that gives content out. Each tells `released` in the moment it does. */
export const READS = {
  recall: async ({ ada }, released) => {
    const { nodes, context, why } = await ada.session({ purpose: PURPOSE }).recall(TOKEN);
    await released({
      nodes: nodes.map(({ id }) => id),
      text: nodes.map(({ content }) => content).join() + context,
      auditIndex: why.auditIndex,
    });
  },
  get: async ({ ada, nodes }, released) => {
    const { id, content } = await ada.get(nodes[0]!, { purpose: PURPOSE });
    await released({ nodes: [id], text: content, auditIndex: null });
  },
  "get by right": async ({ ada, nodes }, released) => {
    const { id, content } = await ada.self().get(nodes[1]!);
    await released({ nodes: [id], text: content, auditIndex: null });
  },
  list: async ({ ada }, released) => {
    const { nodes, auditIndex } = await ada.list({ purpose: PURPOSE });
    const text = nodes.map(({ content }) => content).join();
    await released({ nodes: nodes.map(({ id }) => id), text, auditIndex });
  },
  export: async ({ ada }, released) => {
    const { nodes } = await ada.self().export();
    const text = nodes.map(({ content }) => content).join();
    await released({ nodes: nodes.map(({ id }) => id), text, auditIndex: null });
  },
  // What the function is given has left the engine.
  derive: async ({ ada, nodes }, released) => {
    await ada.session({ purpose: PURPOSE }).derive([nodes[0]!, nodes[2]!], async (sources) => {
      const text = sources.map(({ content }) => content).join();
      await released({ nodes: sources.map(({ id }) => id), text, auditIndex: null });
      return "in short";
    });
  },
  // What a processor is sent has left the engine.
  disclose: async ({ ada, nodes }, released) => {
    const session = ada.session({ purpose: PURPOSE });
    await session.disclose("model", [nodes[0]!, nodes[2]!], async (given) => {
      const text = given.map(({ content }) => content).join();
      await released({ nodes: given.map(({ id }) => id), text, auditIndex: null });
    });
  },
  "a block that is kept": (world, released) => readBlock(world, "kept", released),
  "a block that is made": (world, released) => readBlock(world, "new", released),
  neighbours: async ({ ada, nodes }, released) => {
    const found = await ada.session({ purpose: PURPOSE }).neighbours(nodes[0]!);
    await released({
      nodes: found.flatMap(({ edge, node }) => [edge, node.id]),
      text: found.map(({ node }) => node.content).join(),
      auditIndex: null,
      beside: 1,
    });
  },
} as const satisfies Record<string, Read>;

export type Read = (
  world: AuditedWorld,
  released: (release: Release) => Promise<void>,
) => Promise<void>;

export const READ_NAMES = Object.keys(READS) as (keyof typeof READS)[];

async function readBlock(
  { ada, nodes }: AuditedWorld,
  name: string,
  released: (release: Release) => Promise<void>,
): Promise<void> {
  const { context, why } = await ada.session({ purpose: PURPOSE }).block(name, TOKEN);
  await released({ nodes, text: context, auditIndex: why.auditIndex, beside: 99 });
}

/**
 * What is wrong with a release: it must match exactly one entry that is durable by now, written
 * since the call began.
 *
 * @param before The log's size when the call began.
 */
export async function faultsOf(
  world: AuditedWorld,
  before: number,
  { nodes, text, auditIndex, beside = 0 }: Release,
): Promise<readonly string[]> {
  const entries = (await world.durable(before)).map((entry, at) => ({ entry, index: before + at }));
  const matching = entries.filter(
    ({ entry, index }) =>
      ["retrieve", "export", "disclose"].includes(entry.t) &&
      entry.subject === world.ada.id &&
      entry["decision"] === "permitted" &&
      (auditIndex === null || index === auditIndex) &&
      nodes.every((id) => idsOf(entry).includes(id)) &&
      idsOf(entry).length <= nodes.length + beside,
  );
  const faults: string[] = [];
  if (!text.includes(TOKEN)) faults.push("nothing was released");
  if (matching.length !== 1) faults.push(`${matching.length} entries match`);
  return faults;
}

function idsOf(entry: Entry): readonly string[] {
  return (entry["nodes"] as readonly { readonly id: string }[]).map(({ id }) => id);
}
