import { cpSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { openOubli, type Oubli } from "#engine";
import { systemClock, type EpochMs } from "#kernel";
import {
  checkControls,
  CONTROLS,
  READING_CONTROLS,
  runPosture,
  type PostureRegion,
  type State,
} from "#posture";
import { gdpr, hipaa, type ConfigInput } from "#policy";

import { administer } from "../../support/postgres.ts";
import { newGround, type Engine, type Ground } from "./ground.ts";
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
  analytics: { events: { login: {} }, epsilonPerDay: 1 },
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

/** A live installation with people, and a published notice. */
export async function openClinic(engine: Engine) {
  const ground = await newGround(engine);
  const clinic = await clinicAt(engine, ground);
  await populate(clinic.oubli);
  return {
    ...clinic,
    get oubli() {
      return clinic.oubli;
    },
    async [Symbol.asyncDispose]() {
      await clinic.oubli.close();
      await ground[Symbol.asyncDispose]();
    },
  };
}

export type Clinic = Awaited<ReturnType<typeof clinicAt>>;

/** The same in files, made once: each copy of it is an installation of its own. */
export async function clinicTemplate() {
  const ground = await newGround("sqlite");
  const { oubli } = await clinicAt("sqlite", ground);
  await populate(oubli);
  await oubli.close();
  return {
    async copy(): Promise<Clinic & AsyncDisposable> {
      const copied = await newGround("sqlite");
      cpSync(ground.folder, copied.folder, { recursive: true });
      const clinic = await clinicAt("sqlite", copied);
      return Object.assign(clinic, {
        async [Symbol.asyncDispose]() {
          await clinic.oubli.close();
          await copied[Symbol.asyncDispose]();
        },
      });
    },
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}

async function clinicAt(
  engine: Engine,
  { folder, store: server, adminUrl }: Ground & { adminUrl: string },
) {
  const clock = movedClock();
  const store = server ?? `sqlite:${folder}/data`;
  const place = { store, root: `${folder}/root` };
  const cloud = { memory: "cloud", keys: "cloud", audit: "cloud" };
  const hosts = engine === "sqlite" ? {} : { hosts: cloud };
  const region = { jurisdictions: ["US"], hipaaCovered: true, ...place, ...hosts };
  const open = (more: ConfigInput = {}) => {
    const regions = { [REGION]: region };
    return openOubli({ ...CLINIC, regions, ...more }, { sweep: "manual", clock });
  };
  let oubli = await open();
  return {
    clock,
    folder,
    place,
    region,
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
        using database = new DatabaseSync(`${folder}/data/${name}.db`, { timeout: 5000 });
        for (const statement of statements) database.exec(statement);
        return;
      }
      const schema = `oubli_${REGION}_${name}`;
      await administer(adminUrl, `SET search_path TO ${schema}`, ...statements);
    },
    check: () => runPosture(oubli.region(REGION), place),
    /** One control alone. */
    async look(control: string): Promise<State> {
      const one = CONTROLS.filter((each) => each.control === control);
      const [finding] = await checkControls(oubli.region(REGION), place, one);
      return finding!.state;
    },
    /** What only reads, by the names of the controls that are broken. */
    async broken(where: PostureRegion = place): Promise<readonly string[]> {
      const findings = await checkControls(oubli.region(REGION), where, READING_CONTROLS);
      return findings.filter(({ state }) => state === "broken").map(({ control }) => control);
    },
  };
}

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
