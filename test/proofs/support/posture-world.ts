import { DatabaseSync } from "node:sqlite";

import { openOubli, type Oubli } from "#engine";
import { systemClock, type EpochMs } from "#kernel";
import { runPosture, type Posture } from "#posture";
import { gdpr, hipaa, type ConfigInput } from "#policy";

import { administer } from "../../support/postgres.ts";
import { newGround, type Engine } from "./ground.ts";
import { REGION } from "./region.ts";

const DPA = { signed: "2025-01-02", document: "DPA-1" } as const;
const BAA = { signed: "2025-01-02", expires: "2040-01-01", document: "BAA-1" } as const;

/** A clinic that does everything as it should. */
export const CLINIC = {
  packs: [gdpr(), hipaa()],
  controller: {
    name: "Clinic Ltd",
    contact: { email: "privacy@clinic.example" },
    people: ["patients"],
  },
  purposes: {
    care: {
      basis: "contract",
      condition: "health-care",
      categories: ["account", "health", "preference"],
      retention: "P6Y",
    },
    billing: { basis: "contract", categories: ["account"], retention: "P3Y" },
  },
  processors: {
    lab: {
      name: "Lab Ltd",
      address: "2 Harbour Road",
      role: "processor",
      region: REGION,
      country: "US",
      dpa: DPA,
      baa: BAA,
      trainsOnData: false,
      retention: "30 days",
      purposes: ["care"],
      categories: ["health", "preference"],
    },
    cloud: {
      role: "infrastructure",
      region: REGION,
      country: "US",
      dpa: DPA,
      baa: BAA,
      trainsOnData: false,
      retention: "while the contract runs",
    },
    broker: {
      role: "third-party",
      region: REGION,
      country: "US",
      dpa: DPA,
      trainsOnData: false,
      retention: "for good",
      purposes: ["third_party_sharing"],
      categories: ["preference"],
    },
  },
} as const satisfies ConfigInput;

/** A clock that runs, and can be set forward. */
function movedClock() {
  let by = 0;
  return {
    now: () => (systemClock.now() + by) as EpochMs,
    advance: (days: number) => void (by += days * 86_400_000),
  };
}

/** A live installation with people, a backup and a published notice. */
export async function openClinic(engine: Engine, change: ConfigInput = {}) {
  const ground = await newGround(engine);
  const clock = movedClock();
  const store = ground.store ?? `sqlite:${ground.folder}/data`;
  const place = { store, root: `${ground.folder}/root` };
  const hosts =
    engine === "sqlite" ? {} : { hosts: { memory: "cloud", keys: "cloud", audit: "cloud" } };
  const regions = { [REGION]: { jurisdictions: ["US"], hipaaCovered: true, ...place, ...hosts } };
  const open = (more: ConfigInput = {}) =>
    openOubli({ ...CLINIC, regions, ...change, ...more }, { sweep: "manual", clock });
  let oubli = await open();
  await populate(oubli);
  return {
    clock,
    folder: ground.folder,
    engine,
    get oubli() {
      return oubli;
    },
    /** Opens it again, under another configuration. */
    async reopen(more: ConfigInput) {
      await oubli.close();
      oubli = await open(more);
    },
    /** Changes a database behind the product's back, as its owner. */
    async spoil(name: "memory" | "keys" | "audit", ...statements: readonly string[]) {
      if (engine === "sqlite") {
        using database = new DatabaseSync(`${ground.folder}/data/${name}.db`);
        for (const statement of statements) database.exec(statement);
        return;
      }
      const path = `SET search_path TO oubli_${REGION}_${name}`;
      await administer(ground.adminUrl, path, ...statements);
    },
    async check(): Promise<Posture> {
      return (await runPosture(oubli.region(REGION), place)).posture;
    },
    async [Symbol.asyncDispose]() {
      await oubli.close();
      await ground[Symbol.asyncDispose]();
    },
  };
}

export type Clinic = Awaited<ReturnType<typeof openClinic>>;

async function populate(oubli: Oubli): Promise<void> {
  const officer = oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] });
  await officer.accountability.publishNotice({ version: "2026-01" });
  for (const name of ["ada", "bob", "eve"]) {
    const person = await oubli.subject(name);
    await person.consent.grant({
      purpose: "assistant",
      policyVersion: "2026-01",
      mechanism: "signup",
      explicit: true,
      ipAddress: "192.0.2.1",
    });
    const chat = person.session({ purpose: "care" });
    const { nodes } = await chat.remember([
      { role: "user", content: `${name} has asthma`, category: "health" },
      { role: "user", content: `${name} prefers tea`, category: "preference" },
    ]);
    await chat.derive(nodes, () => `${name} drinks tea against asthma`);
    await chat.link(nodes[0]!, nodes[1]!, "helps");
    await chat.disclose("lab", [nodes[0]!], () => {});
    await chat.recall("tea");
  }
  await (await oubli.find("eve"))!.erase();
  await oubli.sweep();
}
