import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, request, Agent } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { openPlace, openRegions, openWith, type Oubli, type Peers } from "#engine";
import { systemClock, type Word } from "#kernel";
import type { Embedder } from "#memory";
import { defineConfig, type OubliConfig } from "#policy";
import { postgres } from "#store";

import { startPostgres, testDatabase, type PostgresServer } from "../../support/postgres.ts";
import { newFolder, removeFolder } from "./region.ts";
import { textNeedles, vectorNeedles, type Needle } from "./residue.ts";

/** `eu` is on files, `us` on a server of its own. */
export const REGIONS = ["eu", "us"] as const;
export type RegionName = (typeof REGIONS)[number];
export type InEach<Item> = Readonly<Record<RegionName, Item>>;

export const otherThan = (name: RegionName): RegionName => (name === "eu" ? "us" : "eu");

/** The application, and the officer who exports and holds. */
const STAFF = { kind: "staff", id: "dpo", roles: ["privacy-officer", "app"] } as const;

/** Everything that a person, or the application about them, puts into words. */
const KINDS = [
  "content",
  "corrected",
  "derived",
  "metadata",
  "speaker",
  "system",
  "event",
  "query",
  "thread",
  "external",
  "agent",
  "case",
  "key",
] as const;
export type Kind = (typeof KINDS)[number];

/** What a region's texts have, and no other's. */
export interface Marks {
  readonly cores: Readonly<Record<Kind, string>>;
  /** How each of the region's vectors begins. */
  readonly vector: readonly number[];
}

/** What another process needs to open the same two regions. */
export interface Map2 {
  readonly folder: string;
  readonly store: string;
  readonly models: InEach<number>;
  readonly marks: InEach<Marks>;
}

export interface World extends Map2, AsyncDisposable {
  readonly server: PostgresServer;
  readonly adminUrl: string;
  /** The files of each region: data, roots, backups, exports. */
  readonly trees: InEach<readonly string[]>;
  /** What was sent, by the port it went to. */
  readonly sent: string;
  readonly ports: InEach<{ readonly database: string | null; readonly model: string }>;
}

export const textOf = ({ cores }: Marks, kind: Kind, more: string | number = ""): string =>
  `${cores[kind]} "é" <\\> & ${cores[kind]}${more === "" ? "" : ` ${more}`}`;

export function needlesOf(marks: Marks): readonly Needle[] {
  const vector = Float32Array.from(marks.vector);
  return [
    ...KINDS.flatMap((of) => textNeedles({ of, core: marks.cores[of], text: textOf(marks, of) })),
    ...vectorNeedles("vector", vector),
  ];
}

/** Two regions that nobody has opened yet: the server's schemas are made. */
export async function newWorld(): Promise<World> {
  const server = await startPostgres();
  const { adminUrl, url, login } = await testDatabase(server);
  const { migrate, SCHEMAS } = postgres;
  await migrate({ url: adminUrl, region: "us", schemas: SCHEMAS, logins: [login] });
  const folder = newFolder();
  const models = [await startModel(), await startModel()] as const;
  const [eu, us] = models.map(({ port }) => port) as [number, number];
  return {
    folder,
    store: url,
    models: { eu, us },
    marks: { eu: newMarks(), us: newMarks() },
    server,
    adminUrl,
    trees: { eu: [join(folder, "eu")], us: [join(folder, "us"), server.folder!] },
    sent: join(folder, "sent"),
    ports: {
      eu: { database: null, model: `${eu}` },
      us: { database: new URL(url).port, model: `${us}` },
    },
    async [Symbol.asyncDispose]() {
      for (const model of models) model.close();
      await server.stop();
      removeFolder(folder);
    },
  };
}

function newMarks(): Marks {
  const core = (): string => `q${randomBytes(10).toString("hex")}`;
  const cores = Object.fromEntries(KINDS.map((kind) => [kind, core()])) as Marks["cores"];
  const vector = Float32Array.from(randomBytes(4), (byte) => (byte + Math.random()) / 256);
  return { cores, vector: [...vector] };
}

/** A processor that turns texts into vectors. It answers with the region's own beginning. */
async function startModel(): Promise<{ readonly port: number; close(): void }> {
  // It never ends a connection that is kept: a call that was on its way over it would be lost.
  const server = createServer({ keepAliveTimeout: 0 }, (asked, answer) => {
    asked.resume().on("end", () => answer.end("{}"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Gives texts to whoever listens there. */
export async function post(port: number, texts: readonly string[]): Promise<void> {
  const options = { host: "127.0.0.1", port, method: "POST", agent };
  await new Promise<void>((resolve, reject) => {
    const asked = request(options, (answer) => answer.resume().on("end", resolve));
    asked.on("error", reject).end(JSON.stringify(texts));
  });
}

export function configOf({ folder, store }: Map2): OubliConfig {
  const root = (name: string): string => join(folder, name, "root");
  const uses = { categories: ["preference"], retention: "P1Y", metadata: ["note"] } as const;
  const model = {
    role: "processor",
    dpa: { signed: "2020-01-01", document: "DPA-1" },
    trainsOnData: false,
    retention: "none",
    purposes: ["support", "mood"],
    categories: ["preference"],
  } as const;
  return defineConfig({
    regions: {
      eu: { jurisdictions: ["EEA"], store: `sqlite:${join(folder, "eu/data")}`, root: root("eu") },
      us: { jurisdictions: ["US"], store, root: root("us") },
    },
    purposes: {
      support: { basis: "contract", ...uses },
      mood: { basis: "consent", ...uses },
    },
    processors: {
      "eu-model": { ...model, region: "eu", country: "DE" },
      "us-model": { ...model, region: "us", country: "US" },
    },
  });
}

/**
 * Opens both regions behind one face, each with an embedder at its own processor.
 *
 * @param asks Whose processor a region's embedder really asks: its own, unless a test plants one.
 */
export async function openWorld(
  map: Map2,
  asks: (name: RegionName) => RegionName = (name) => name,
): Promise<Oubli> {
  const config = configOf(map);
  const peers: Peers = new Map();
  const open = async (region: Word): Promise<Oubli> => {
    const name = region as string as RegionName;
    const place = { region: name, clock: systemClock, connectionsMax: 8 };
    const stores = await openPlace(config.regions[name]!, place);
    const embedder: Embedder = {
      name: "marked-8",
      processor: `${name}-model`,
      async embed(texts) {
        await post(map.models[asks(name)], texts);
        return texts.map((_, at) => Float32Array.from([...map.marks[name].vector, at, 1, 2, 3]));
      },
    };
    const options = { clock: systemClock, peers, embedder, sweep: "manual", actor: STAFF } as const;
    return openWith(stores, config, name, false, options);
  };
  return openRegions(config.policy, REGIONS as never, open, peers);
}
