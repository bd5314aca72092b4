// What the tests of transfers share: two regions on real files, and somebody with everything.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import {
  defineConfig,
  gdpr,
  hipaa,
  openOubli,
  type Oubli,
  type OubliConfig,
  type Subject,
} from "oubli";

export const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer", "app"] } as const;

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** Leave to go to the United States, for everything that is not about health. */
export const SCC = {
  to: "us",
  authorisation: {
    mechanism: "scc",
    document: "SCC-2026-4",
    approver: "dpo",
    expires: Date.now() + YEAR_MS,
  },
} as const;

/** The way back needs no mechanism. */
export const BACK = {
  to: "eu",
  authorisation: { ...SCC.authorisation, mechanism: "unrestricted" },
} as const;

export interface TwoRegions {
  readonly folder: string;
  readonly config: OubliConfig;
  open(): Promise<Oubli>;
}

const OWN = { memory: "self", keys: "self", audit: "self", backup: "self" } as const;

/** @param stores Where they are, of regions that are not on files. */
export function twoRegions(
  t: Pick<TestContext, "after">,
  stores: Readonly<Record<string, string>> = {},
): TwoRegions {
  const folder = mkdtempSync(join(tmpdir(), "oubli-transfer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = configIn(folder, stores);
  const open = (): Promise<Oubli> => openOubli(config, { sweep: "manual", actor: OFFICER });
  return { folder, config, open };
}

export function configIn(
  folder: string,
  stores: Readonly<Record<string, string>> = {},
): OubliConfig {
  const place = (name: string) => ({
    store: stores[name] ?? `sqlite:${join(folder, name, "data")}`,
    ...(stores[name] === undefined ? {} : { hosts: OWN }),
    root: join(folder, name, "root"),
  });
  const contract = { basis: "contract", retention: "P1Y" } as const;
  return defineConfig({
    packs: [gdpr(), hipaa()],
    regions: {
      eu: { jurisdictions: ["EEA"], ...place("eu") },
      us: { jurisdictions: ["US"], hipaaCovered: true, ...place("us") },
      ca: { jurisdictions: ["CA"], ...place("ca") },
    },
    purposes: {
      support: { ...contract, categories: ["preference", "work"], maxNodes: 50 },
      care: { ...contract, categories: ["health"], condition: "health-care" },
      news: { basis: "consent", categories: ["preference"], retention: "P1Y" },
    },
    codes: { documents: ["SCC-2026-4"] },
  });
}

export interface Ada {
  readonly ada: Subject;
  readonly memories: readonly string[];
  readonly derived: string;
  readonly edge: string;
  readonly session: string;
}

const NOTICE = { policyVersion: "v1", mechanism: "form" } as const;

/** Ada in the EU: told, sourced, derived, linked and kept memories; consents; a restriction. */
export async function adaIn(oubli: Oubli): Promise<Ada> {
  const ada = await oubli.subject("ada", { jurisdiction: "DE" });
  await ada.consent.grant({ ...NOTICE, purpose: "news", ipAddress: "192.0.2.7", language: "de" });
  await ada.consent.withdraw({ ...NOTICE, purpose: "news" });
  await ada.consent.grant({ ...NOTICE, purpose: "news" });
  const chat = ada.session({ purpose: "support", thread: "t-1" });
  const { nodes } = await chat.remember(
    [
      { role: "user", content: "The tram stops at the bridge.", category: "preference" },
      { role: "user", content: "The tram is yellow.", category: "work" },
    ],
    { source: { system: "chat", event: "e-1" } },
  );
  const second = await chat.remember("The bridge is old.", {
    category: "preference",
    source: { system: "chat", event: "e-2" },
  });
  const memories = [...nodes, ...second.nodes];
  await ada.self().correct(memories[1]!, "The tram is green.");
  const made = await chat.derive([memories[0]!, memories[1]!], () => "Ada takes the tram.");
  const edge = await chat.link(memories[0]!, memories[2]!, "next_to");
  await chat.block("profile", "tram");
  await ada.restrict({ ground: "accuracy-contested", purpose: "news" });
  const [derived] = made.nodes;
  return { ada, memories, derived: derived!, edge, session: await chat.id() };
}

/** All that is told of a person, but for what names the region: comparable across a transfer. */
export async function told(person: Subject) {
  const { nodes, consents, externalId } = await person.export();
  return {
    externalId,
    nodes: nodes.toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    consents: consents.map((record) => ({ ...record, subject: null, index: null })),
    restrictions: (await person.restrictions()).map((row) => ({ ...row, subject: null })),
  };
}
