import { accessLogs, tryReadEntry } from "#audit";
import { addDuration, policyDigest, rulesOf } from "#policy";
import { verifyCheckpoint, verifyTlogProof } from "#verify";

import { found, notChecked, type Control } from "../control.ts";

/** The audit log: whole, signed, kept long enough, and telling the truth about what gates reads. */
export const LOG_CONTROLS: readonly Control[] = [
  {
    control: "log-whole",
    rows: ["A9", "B12"],
    title: "Every hash of the log is that of its bytes, and nothing is missing",
    async probe({ logs }) {
      const checks = await logs();
      const faults = checks.flatMap((one) => one.faults.map(({ fault }) => fault));
      const own = faults.filter((fault) => !TELLS.test(fault) && fault !== "read-after-erasure");
      return found(own.length === 0, "Every entry was hashed again, and the tree built anew.", {
        entries: checks.reduce((sum, { checked }) => sum + checked, 0),
        pruned: checks.reduce((sum, { pruned }) => sum + pruned, 0),
        faults: own.length,
        first: own[0] ?? null,
      });
    },
  },
  {
    control: "log-tells-the-gates",
    rows: ["A9", "A18", "B1", "B2", "B12"],
    title: "Consents, holds, restrictions and policy are what the ledger says of them",
    async probe({ logs }) {
      const faults = (await logs()).flatMap((one) => one.faults.map(({ fault }) => fault));
      const told = faults.filter((fault) => TELLS.test(fault));
      return found(told.length === 0, "What gates reads was rebuilt from the ledger.", {
        differing: told.length,
        first: told[0] ?? null,
      });
    },
  },
  {
    control: "nothing-read-after-erasure",
    rows: ["A7", "A8"],
    title: "No retrieval names an item after its erasure was ordered",
    async probe({ logs }) {
      const checks = await logs();
      const late = checks.flatMap(({ faults }) => faults.map(({ fault }) => fault));
      const reads = late.filter((fault) => fault === "read-after-erasure").length;
      return found(reads === 0, "Every retrieval was held against every erasure.", { reads });
    },
  },
  {
    control: "log-signed",
    rows: ["A9", "B12"],
    title: "The notary has signed what is in the log",
    async probe({ world: { audit } }) {
      const heads = await Promise.all(audit.store.logs.map((log) => audit.store.head(log)));
      // What a process that died left unsigned is signed now: what is asked is whether it can be.
      await audit.checkpoints.publish();
      let [signed, behind] = [0, 0];
      for (const [at, log] of audit.store.logs.entries()) {
        const last = await audit.notary.last(log);
        const note = last && (await verifyCheckpoint(last.note, audit.notary.verifierKey(log)));
        const upTo = note?.valid ? note.checkpoint.size : 0;
        if (upTo < heads[at]!.size) behind += 1;
        signed += upTo;
      }
      const entries = heads.reduce((sum, { size }) => sum + size, 0);
      const says = "Each log was signed, and its signature checked.";
      return found(behind === 0, says, { entries, signed, logsBehind: behind });
    },
  },
  {
    control: "log-kept-long-enough",
    rows: ["A9"],
    title: "No entry lost its bytes before the strictest law lets it",
    async probe({ world: { audit, clock, policy }, logs }) {
      const years = rulesOf(policy).auditRetentionYears.value ?? 0;
      const before = addDuration(clock.now(), { months: -12 * years, days: 0 });
      const checks = await logs();
      let early = 0;
      for (const log of accessLogs(audit.store.logs)) {
        const pruned = checks.find((one) => one.log === log)?.pruned ?? 0;
        if (pruned === 0) continue;
        const [last] = await audit.store.entries(log, { from: pruned - 1, limit: 1 });
        if (last !== undefined && last.ts >= before) early += 1;
      }
      const says = "The youngest pruned entry of each log was held against the rule.";
      return found(early === 0, says, { years, logsPrunedEarly: early });
    },
  },
  {
    control: "policy-in-the-ledger",
    rows: ["A9", "A18", "B10"],
    title: "The policy in force is the one that the ledger names",
    async probe({ world: { audit, policy } }) {
      const last = tryReadEntry((await audit.store.lastEntry("ledger", "config"))?.bytes ?? null);
      const stored = (await audit.store.policy()).digest;
      const live = policyDigest(policy);
      const holds = stored === live && last?.["digest"] === live;
      return found(holds, "Digests of the process, the store and the ledger were compared.", {
        digest: live,
        stored,
      });
    },
  },
  {
    control: "log-proves-an-entry",
    rows: ["B12"],
    title: "An entry is proved to somebody who has the key alone",
    async probe({ oubli, world: { audit } }) {
      const { size } = await audit.store.head("ledger");
      if (size === 0) return notChecked("The ledger has no entry yet.");
      const [stored] = await audit.store.entries("ledger", { from: size - 1, limit: 1 });
      const proof = await oubli.audit.prove("ledger", size - 1);
      const leaf = stored === undefined ? new Uint8Array() : stored.hash;
      const verifierKey = audit.notary.verifierKey("ledger");
      const { valid } = await verifyTlogProof({ proof, leaf, verifierKey });
      return found(valid, "The newest entry was proved, and the proof checked.", {
        index: size - 1,
        proofBytes: proof.length,
      });
    },
  },
];

/** Faults of rows that gates reads, by what the check of the log calls them. */
const TELLS = /^((gate|consent|restriction|hold|erasure|policy)-changed|rows-damaged)$/;
