import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openOubli, openTestOubli, type OpenOptions, type Oubli } from "#engine";
import type { Embedder } from "#memory";
import type { ConfigInput } from "#policy";

/** One purpose of every kind that the law tells apart. */
export const PURPOSES = {
  support: {
    basis: "contract",
    categories: ["account", "preference"],
    retention: "P2Y",
    metadata: ["channel"],
  },
  billing: { basis: "contract", categories: ["account"], retention: "P3Y" },
  newsletter: { basis: "consent", categories: ["preference"], retention: "P1Y" },
  mood: {
    basis: "consent",
    condition: "explicit-consent",
    categories: ["mental_health", "preference"],
    retention: "P90D",
  },
} as const satisfies ConfigInput["purposes"];

export const TEA = "prefers tea";
export const PLAN = "is on the yearly plan";
export const LOW = "has felt low since March";

export const NOTICE = { policyVersion: "2026-11", mechanism: "signup_form_v3" } as const;

export const OFFICER = { kind: "staff", id: "officer", roles: ["privacy-officer"] } as const;

export const AUDITOR = { kind: "staff", id: "auditor", roles: ["auditor"] } as const;

/** Two people, so that every claim about Ada is also checked against Bob. */
export async function openPeople(
  config: ConfigInput = {},
  options: Parameters<typeof openTestOubli>[1] = {},
) {
  const oubli = await openTestOubli({ purposes: PURPOSES, ...config }, options);
  const ada = await oubli.subject("ada");
  const bob = await oubli.subject("bob");
  const officer = (await oubli.as(OFFICER).find("ada"))!;
  return {
    oubli,
    ada,
    bob,
    /** The privacy officer's view of Ada. */
    officer,
    clock: oubli.clock,
    [Symbol.asyncDispose]: () => oubli.close(),
  };
}

/** Everything anybody could be shown about a person, by its content. */
export async function held(subject: {
  export(): Promise<{ nodes: readonly { content: string }[] }>;
}) {
  const { nodes } = await subject.export();
  return nodes.map(({ content }) => content).sort();
}

/** Entries of the ledger, or of all access logs, each from the first to the last that there is. */
export async function entriesOf(oubli: Oubli, log: "access" | "ledger") {
  const entries: (Record<string, unknown> & { readonly t: string })[] = [];
  const { audit } = oubli.as(AUDITOR);
  for (const name of audit.logs.filter((each) => (each === "ledger") === (log === "ledger"))) {
    for (let index = 0; ; index += 1) {
      const bytes = await audit.entry(name, index);
      if (bytes === null) break;
      entries.push(JSON.parse(Buffer.from(bytes).toString()));
    }
  }
  return entries;
}

/** How often each letter stands in a text: enough of a meaning for a test. */
export const letters: Embedder = {
  name: "letters",
  embed: async (texts) =>
    texts.map((text) =>
      Float32Array.from({ length: 26 }, (_, at) => text.split(String.fromCharCode(97 + at)).length),
    ),
};

/** The same in files, which are removed in the end. */
export async function openOnDisk(config: ConfigInput = {}, options: OpenOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "oubli-spec-"));
  const regions = {
    eu: { jurisdictions: ["*"], store: `sqlite:${folder}/data`, root: `${folder}/root` },
  };
  const open = () =>
    openOubli({ purposes: PURPOSES, regions, ...config }, { sweep: "manual", ...options });
  const oubli = await open();
  return {
    oubli,
    folder,
    regions,
    open,
    /** Reads a database beside the product, with SQL of the test's own. */
    rows: (name: "memory" | "keys" | "audit", sql: string) =>
      rowsOf(`${folder}/data/${name}.db`, sql),
    /** Changes a database behind the product's back. */
    spoil(name: "memory" | "keys" | "audit", sql: string): void {
      using database = new DatabaseSync(`${folder}/data/${name}.db`);
      database.exec(sql);
    },
    async [Symbol.asyncDispose]() {
      await oubli.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function rowsOf(file: string, sql: string): Record<string, unknown>[] {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare(sql).all();
}
