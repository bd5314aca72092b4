import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openOubli, type Oubli, type StoreUrls } from "#engine";
import type { Embedder } from "#memory";

import { textNeedles, vectorNeedles, type Canary, type Needle } from "./residue.ts";

/** What a person says, and what is known about them: every kind of text that must stay sealed. */
const KINDS = [
  "content",
  "message",
  "corrected",
  "derived",
  "metadata",
  "speaker",
  "source system",
  "source event",
  "idempotency key",
  "query",
  "thread",
  "external id",
  "user agent",
  "relation",
] as const;

type Kind = (typeof KINDS)[number] | "ip address";

export type Canaries = Readonly<Record<Kind, Canary>>;

export function newCanaries(): Canaries {
  const made = KINDS.map((of) => {
    const core = `q${randomBytes(10).toString("hex")}`;
    return [of, { of, core, text: `${core} "é" <\\> & ${core}` }] as const;
  });
  const groups = randomBytes(16).toString("hex").match(/.{4}/g)!;
  const address = `2001:0db8:${groups.slice(2).join(":")}`;
  const ip = { of: "ip address", core: address, text: address };
  return { ...Object.fromEntries(made), "ip address": ip } as Canaries;
}

/** Eight numbers from a text's hash: the same for the same text, and found nowhere by chance. */
export function vectorOf(text: string): Float32Array {
  const hash = createHash("sha256").update(text).digest();
  return Float32Array.from({ length: 8 }, (_, at) => hash.readUInt32LE(at * 4) / 2 ** 32 - 0.5);
}

export const hashEmbedder: Embedder = {
  name: "hash-8",
  embed: async (texts) => texts.map(vectorOf),
};

/** Everything to look for: each text in every form, and the vector of each that is embedded. */
export function needlesOf(canaries: Canaries): readonly Needle[] {
  const embedded = ["content", "message", "corrected", "derived", "query"] as const;
  return [
    ...Object.values(canaries).flatMap(textNeedles),
    ...embedded.flatMap((kind) =>
      vectorNeedles(`vector of ${kind}`, vectorOf(canaries[kind].text)),
    ),
  ];
}

export interface Place extends Disposable {
  readonly base: string;
  readonly data: string;
  readonly root: string;
}

export function newPlace(): Place {
  const base = mkdtempSync(join(tmpdir(), "oubli-residue-"));
  const [data, root] = [join(base, "data"), join(base, "root")];
  for (const folder of [data, root]) mkdirSync(folder);
  return { base, data, root, [Symbol.dispose]: () => rmSync(base, { recursive: true }) };
}

export function openAt(
  { data, root }: Pick<Place, "data" | "root">,
  store: string | StoreUrls = `sqlite:${data}`,
): Promise<Oubli> {
  const config = {
    regions: { eu: { jurisdictions: ["*"], store, root } },
    purposes: {
      care: {
        basis: "consent",
        categories: ["preference"],
        retention: "P1Y",
        metadata: ["note"],
      },
    },
  } as const;
  return openOubli(config, { embedder: hashEmbedder, sweep: "manual" });
}

/** Does everything that takes a text, with a canary wherever one fits. */
export async function live(oubli: Oubli, canaries: Canaries) {
  const text = (kind: Kind): string => canaries[kind].text;
  const ada = await oubli.subject(text("external id"));
  await ada.consent.grant({
    purpose: "care",
    policyVersion: "v1",
    mechanism: "form",
    ipAddress: text("ip address"),
    userAgent: text("user agent"),
  });
  const chat = ada.session({ purpose: "care", thread: text("thread") });
  const first = await chat.remember(text("content"), {
    metadata: { note: text("metadata") },
    speaker: text("speaker"),
    source: { system: text("source system"), event: text("source event") },
    idempotencyKey: text("idempotency key"),
  });
  const second = await chat.remember([{ role: "user", content: text("message") }]);
  const [said, told] = [first.nodes[0]!, second.nodes[0]!];
  const derived = await chat.derive([said, told], () => text("derived"));
  await chat.link(said, told, canaries["relation"].core);
  const found = await chat.recall(text("query"));
  await chat.block("profile", text("query"));
  await chat.neighbours(said);
  await ada.list({ purpose: "care" });
  return { ada, chat, said, told, derived: derived.nodes[0]!, found };
}
