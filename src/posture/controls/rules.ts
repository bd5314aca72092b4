import { drift } from "#accountability";
import { EGRESS_GUARDS } from "#egress";
import { DAY_MS } from "#kernel";
import { lawsOf, requestClocks } from "#law";
import { GUARDS, purposeOf, rulesOf, STANDARD_PURPOSES } from "#policy";

import { found, notChecked, type Control } from "../control.ts";

/** How many guards there are at least, on the way in and the way out together. */
const GUARDS_MIN = 13;

/** The policy in force, and what was told of it. */
export const RULE_CONTROLS: readonly Control[] = [
  {
    control: "recalls-are-small",
    rows: ["A12"],
    title: "No purpose gives more memories at once than the laws in force allow",
    async probe({ world: { policy } }) {
      const most = rulesOf(policy).recallNodesMax.value ?? 0;
      const purposes = Object.values(policy.purposes);
      const over = purposes.filter(({ maxNodes }) => maxNodes > most).length;
      return found(over === 0, "Every purpose was read.", {
        most,
        purposes: purposes.length,
        over,
      });
    },
  },
  {
    control: "purposes-say-why",
    rows: ["A12", "A16"],
    title: "Every purpose has a ground and a list of what it may hold",
    async probe({ world: { policy } }) {
      const purposes = Object.values(policy.purposes);
      const open = purposes.filter(
        ({ basis, categories }) => basis === null || categories === null,
      );
      return found(open.length === 0, "Every purpose was read.", {
        purposes: purposes.length,
        open: open.length,
      });
    },
  },
  {
    control: "standard-purposes-ship",
    rows: ["B2"],
    title: "The standard purposes are declared",
    async probe({ world: { policy } }) {
      const names = Object.keys(STANDARD_PURPOSES);
      const missing = names.filter((name) => purposeOf(policy, name) === null).length;
      return found(missing === 0, "Each was looked up.", { standard: names.length, missing });
    },
  },
  {
    control: "sharing-needs-explicit-consent",
    rows: ["A19"],
    title: "Sharing with third parties rests on explicit consent alone",
    async probe({ world: { policy } }) {
      const explicit = rulesOf(policy).explicitConsentPurposes.value ?? [];
      const sharing = purposeOf(policy, "third_party_sharing");
      const holds =
        sharing?.basis === "consent" && explicit.some((one) => one === "third_party_sharing");
      return found(holds, "The purpose and the rule were read.", { basis: sharing?.basis ?? null });
    },
  },
  {
    control: "guards-are-named",
    rows: ["A23"],
    title: "The guards of the way in and the way out are there, each with its name",
    async probe() {
      const names = new Set([...GUARDS.map((name) => `use ${name}`), ...EGRESS_GUARDS]);
      return found(names.size >= GUARDS_MIN, "They were counted.", { guards: names.size });
    },
  },
  {
    control: "notice-says-what-is-done",
    rows: ["A20"],
    title: "The published privacy notice says what the live configuration does",
    async probe({ world }) {
      const { published, digest, differences } = await drift(world);
      if (published === null) return notChecked("No notice was published.", { digest });
      return found(differences.length === 0, "Every statement was compared.", {
        version: published.version,
        published: published.digest,
        live: digest,
        differences: differences.length,
        first: differences[0]?.what ?? null,
      });
    },
  },
  {
    control: "strictest-term-counts",
    rows: ["B10", "A15"],
    title: "A request is due at the earliest term of all laws in force, for everybody",
    async probe({ world: { policy, clock } }) {
      const laws = lawsOf(policy);
      const now = clock.now();
      const { dueAt, statutory } = requestClocks(laws, "access", now);
      const earlier = statutory.filter((one) => one.dueAt < dueAt).length;
      // A term ends with its last day, so some hours of the next day count to it.
      const days = Math.floor((dueAt - now) / DAY_MS);
      return found(earlier === 0 && days <= 30, "An access request of now was reckoned.", {
        laws: laws.length,
        days,
        earlier,
      });
    },
  },
  {
    control: "rules-know-no-country",
    rows: ["B10"],
    title: "Rules of a law hold in every region; a region says whom it serves, and nothing else",
    async probe({ world: { policy } }) {
      const known = new Set(["jurisdictions", "hipaaCovered", "hosts"]);
      const regions = Object.values(policy.regions);
      const odd = regions.filter((one) => Object.keys(one).some((key) => !known.has(key)));
      return found(odd.length === 0, "Every region was read.", {
        regions: regions.length,
        packs: policy.packs.length,
        odd: odd.length,
      });
    },
  },
];
