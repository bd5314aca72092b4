import { chmodSync } from "node:fs";

import type { Fault } from "./posture-fault.ts";
import { CLINIC, type Clinic } from "./posture-world.ts";
import { REGION } from "./region.ts";

const OLD = 1_000_000_000_000;

const { lab } = CLINIC.processors;
const over = { signed: "2025-01-02", expires: "2025-06-01" } as const;

/** Faults of vendors, configuration, machine and cases. */
export const OFFICE_FAULTS: readonly Fault[] = [
  {
    fault: "a contract that ended",
    seenBy: "contracts-in-force",
    plant: (clinic) => reconfigured(clinic, { ...lab, dpa: { ...lab.dpa, ...over } }),
  },
  {
    fault: "a business associate agreement that ended",
    seenBy: "health-has-its-agreements",
    plant: (clinic) => reconfigured(clinic, { ...lab, baa: { ...lab.baa, ...over } }),
  },
  {
    fault: "a host that nobody named, for health information",
    seenBy: "hosts-are-named",
    also: ["health-has-its-agreements"],
    plant: (clinic) =>
      clinic.reopen({ regions: { [REGION]: { ...clinic.region, hosts: { backup: null } } } }),
  },
  {
    fault: "a recipient that is registered no more",
    seenBy: "recipients-are-registered",
    also: ["notice-says-what-is-done"],
    plant: (clinic) => {
      const { cloud, broker } = CLINIC.processors;
      return clinic.reopen({ processors: { cloud, broker } });
    },
  },
  {
    fault: "a recipient that says not what it gets",
    seenBy: "recipients-say-what-they-get",
    also: ["notice-says-what-is-done"],
    plant: (clinic) => {
      const { categories: _, ...open } = CLINIC.processors.broker;
      return clinic.reopen({ processors: { ...CLINIC.processors, broker: open } });
    },
  },
  {
    fault: "an authorisation to leave the region that ended",
    seenBy: "transfers-in-force",
    also: ["notice-says-what-is-done"],
    plant: (clinic) => {
      const filed = { document: "SCC-1", approver: "kim", expires: "2025-06-01" };
      const transfer = { from: REGION, to: "elsewhere", mechanism: "scc", ...filed } as const;
      return clinic.reopen({ transfers: [transfer] });
    },
  },
  {
    fault: "a notice that says another term than the one that is kept",
    seenBy: "notice-says-what-is-done",
    plant: (clinic) => {
      const billing = { ...CLINIC.purposes.billing, retention: "P5Y" };
      return clinic.reopen({ purposes: { ...CLINIC.purposes, billing } });
    },
  },
  {
    fault: "a purpose without a ground",
    seenBy: "purposes-say-why",
    also: ["notice-says-what-is-done"],
    plant: (clinic) => clinic.reopen({ purposes: { ...CLINIC.purposes, extra: {} } }),
  },
  {
    fault: "root keys that others may read",
    seenBy: "root-is-private",
    plant: async ({ folder }) => chmodSync(`${folder}/root`, 0o755),
  },
  {
    fault: "databases that others may read",
    seenBy: "files-are-private",
    plant: async ({ folder }) => chmodSync(`${folder}/data/memory.db`, 0o644),
  },
  {
    fault: "a backup past its end that nobody destroyed",
    seenBy: "backups-stay",
    also: ["sweep-runs"],
    async plant({ oubli, folder, clock }) {
      await oubli.backup(`${folder}/backups`);
      clock.advance(31);
    },
  },
  {
    fault: "an epoch that ended without evidence",
    seenBy: "destroyed-epochs-have-evidence",
    async plant(clinic) {
      await clinic.oubli.rotate();
      await clinic.spoil("keys", "UPDATE epoch_key SET evidence = NULL WHERE state = 'destroyed'");
    },
  },
  {
    fault: "a request past its term",
    seenBy: "request-cases-in-time",
    plant: (clinic) => openCase(clinic, "request", `{"answerBy":${OLD}}`),
  },
  {
    fault: "an authority that nobody told in time",
    seenBy: "notice-cases-in-time",
    plant: (clinic) => openCase(clinic, "notice", `{"deadline":${OLD},"doneAt":null}`),
  },
  {
    fault: "an erasure in another system that lies unattended",
    seenBy: "targets-cases-in-time",
    plant: (clinic) => openCase(clinic, "targets", "{}"),
  },
  {
    fault: "an incident that lies unattended",
    seenBy: "incident-cases-in-time",
    plant: (clinic) => openCase(clinic, "incident", "{}"),
  },
  {
    fault: "a retention run that lies unattended",
    seenBy: "retention-cases-in-time",
    plant: (clinic) => openCase(clinic, "retention", "{}"),
  },
];

function reconfigured(clinic: Clinic, changed: object): Promise<void> {
  return clinic.reopen({ processors: { ...CLINIC.processors, lab: changed as typeof lab } });
}

function openCase(clinic: Clinic, kind: string, facts: string): Promise<void> {
  return clinic.spoil(
    "audit",
    `INSERT INTO case_file VALUES ('cas_planted', '${kind}', 'default', NULL, NULL, 'open', 0,
      ${OLD}, ${facts === "{}" ? OLD : "NULL"}, NULL, NULL, '${facts}', NULL, NULL, NULL)`,
  );
}
