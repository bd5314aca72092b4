import { Writable } from "node:stream";

import { accessLogOf } from "#audit";
import { codeOf } from "#kernel";
import { rulesOf } from "#policy";

import { CANARY_TENANT, consentFor, type Canary } from "../canary.ts";
import { found, notChecked, type Control } from "../control.ts";
import type { Ground } from "../ground.ts";
import { zipTexts } from "../zip-texts.ts";
import { canaryControl } from "./canary-control.ts";

/** Of nobody: it was printed in advertisements, and is given out to no one. */
const NUMBER = "219-09-9999";

/** What a person who is none agreed to, may ask for, and is shown. */
export const RIGHTS_CONTROLS: readonly Control[] = [
  canaryControl(
    "person-sees-who-read",
    ["A24"],
    "A person sees who read what of theirs, and what for",
    async ({ subject, purpose }) => {
      const seen = await subject.self().accesses();
      const reads = seen.filter(({ type }) => type === "retrieve");
      const told = reads.every((one) => one.actor.id.length > 0);
      const named = reads.some((one) => (one.purpose as string | null) === purpose);
      return found(told && named, "A canary asked for its access log.", {
        entries: seen.length,
        reads: reads.length,
      });
    },
  ),
  canaryControl(
    "roles-are-asked",
    ["A24", "A23"],
    "Who has no role, and who only oversees, is given no memory",
    async ({ subject, told, purpose }, { oubli, world }) => {
      const before = await denials(world, subject.id);
      const codes: (string | null)[] = [];
      for (const roles of [[], ["auditor"]]) {
        const actor = { kind: "system", id: "posture", roles } as const;
        const asked = await oubli.tenant(CANARY_TENANT).as(actor).subjectById(subject.id);
        codes.push(await codeOf(() => asked.session({ purpose }).recall("canary")));
        codes.push(await codeOf(() => asked.get(told[0])));
      }
      const written = (await denials(world, subject.id)) - before;
      const holds = codes.every((code) => code !== null) && written >= 2;
      return found(holds, "A canary's memories were asked for without the right role.", {
        refused: codes.filter((code) => code !== null).length,
        of: codes.length,
        denialsLogged: written,
      });
    },
  ),
  canaryControl(
    "consent-comes-first",
    ["A16"],
    "What rests on consent is not stored before it was given",
    async ({ basis, withoutConsent }) =>
      basis === "consent"
        ? found(withoutConsent === "CONSENT_MISSING", "A canary was told before it had agreed.", {
            answer: withoutConsent,
          })
        : notChecked("No ordinary purpose of this policy rests on consent."),
  ),
  canaryControl(
    "sensitive-needs-explicit-consent",
    ["A17"],
    "Sensitive memories of companions are not stored under an implied consent",
    async ({ underImplied: answer }) =>
      answer === undefined
        ? notChecked("No law in force asks for it, or no purpose may hold such a category.")
        : found(answer === "CONSENT_MISSING", "A canary was told under an implied consent.", {
            answer,
          }),
  ),
  canaryControl(
    "export-is-whole",
    ["A15", "A3"],
    "An export holds exactly what has a key to destroy",
    async (_, { canary: life, world }) => {
      const { subject } = (await life.second())!;
      const { nodes } = await subject.self().export();
      const shown = new Set<string>(nodes.map(({ id }) => id));
      const keyed = new Set<string>(
        (await world.keyring.liveRefs(subject.id)).map(({ node }) => node),
      );
      const apart = shown.symmetricDifference(keyed).size;
      return found(apart === 0 && shown.size >= 2, "A canary's export was held against its keys.", {
        exported: shown.size,
        keys: keyed.size,
        apart,
      });
    },
  ),
  canaryControl(
    "package-is-whole",
    ["A15", "B3"],
    "An access package holds every memory, and no number that a law has never given out",
    async (_, { canary: life, world: { policy } }) => {
      const { subject, chat, category, told } = (await life.second())!;
      await chat.remember(`My SSN is ${NUMBER}.`, { category: category as "other" });
      const chunks: Buffer[] = [];
      const sink = new Writable({
        write: (chunk: Buffer, _encoding, done) => void (chunks.push(chunk), done()),
      });
      const made = await subject.self().package(sink);
      const texts = [...zipTexts(Buffer.concat(chunks)).values()].join("\n");
      const missing = told.filter((id) => !texts.includes(id)).length;
      const banned = rulesOf(policy).neverReturned.value?.length ?? 0;
      const shown = texts.includes(NUMBER);
      const holds = made.complete && missing === 0 && (banned === 0 || !shown);
      return found(holds, "A canary's package was made and opened.", {
        sections: made.sections.length,
        complete: made.complete,
        missing,
        kindsNeverReturned: banned,
        numberShown: shown,
      });
    },
  ),
  canaryControl(
    "disclosures-can-be-accounted",
    ["A14"],
    "An accounting of disclosures can be made",
    async ({ subject }) => {
      const { disclosures, auditIndex } = await subject.self().accounting();
      return found(disclosures.length === 0, "A canary asked for its own: nobody was given it.", {
        disclosures: disclosures.length,
        index: auditIndex,
      });
    },
  ),
  canaryControl(
    "evidence-is-sealed",
    ["B1", "A16"],
    "A consent is in the ledger with its fields, and answers at once",
    async ({ subject, purpose }) => {
      const history = await subject.consent.history();
      const record = history.findLast((one) => (one.purpose as string) === purpose);
      const active = await subject.consent.active();
      const whole =
        record !== undefined && record.granted && record.explicit && record.policyVersion !== null;
      return found(whole && active[purpose] === true, "A canary's record was read back.", {
        mechanism: record?.mechanism ?? null,
        active: active[purpose] ?? null,
      });
    },
  ),
  canaryControl(
    "analytics-needs-consent",
    ["B11"],
    "Nothing is counted of a person who did not agree to analytics",
    async ({ chat, subject }, { oubli, world: { policy } }) => {
      const event = Object.entries(policy.analytics?.events ?? {}).find(
        ([, { dimensions }]) => Object.keys(dimensions).length === 0,
      )?.[0];
      if (event === undefined) return notChecked("No event without dimensions is counted.");
      const active = await subject.consent.active();
      if (active["analytics"] === true) return notChecked("The canary has agreed to analytics.");
      const counted = await oubli.tenant(CANARY_TENANT).analytics.track(event, chat);
      return found(!counted, "An event of a canary that did not agree was to be counted.", {
        counted,
      });
    },
  ),
  canaryControl(
    "opt-out-signal-is-obeyed",
    ["A19", "B2"],
    "A browser's signal opts out at once and without a proof, and never gives consent",
    async ({ subject, name }, { oubli, world: { policy } }) => {
      if (rulesOf(policy).optOutSignal.value !== true) {
        return notChecked("No law in force takes a browser's signal for a request.");
      }
      const { requests } = oubli.tenant(CANARY_TENANT);
      const signal = { person: name, right: "opt-out", manner: "gpc" } as const;
      const { request } = await requests.receive(signal);
      const sharing = { ...consentFor(policy, "third_party_sharing"), mechanism: "gpc" };
      const given = await codeOf(() => subject.consent.grant(sharing));
      const active = (await subject.consent.active())["third_party_sharing"];
      const stored = (await subject.restrictions()).some(
        ({ purpose }) => (purpose as string) === "third_party_sharing",
      );
      const stopped = active === false || stored;
      const holds = (request.state as string) === "completed" && stopped && given !== null;
      return found(holds, "The signal of a canary's browser was received.", {
        request: request.state,
        stopped,
        consentBySignal: given,
      });
    },
    "second",
  ),
  canaryControl(
    "third-parties-get-nothing",
    ["A19"],
    "Without explicit consent to sharing, a third party is given nothing",
    async ({ chat, told }, { world: { policy } }) => {
      const third = Object.entries(policy.processors ?? {}).find(
        ([, { role }]) => role === "third-party",
      )?.[0];
      if (third === undefined) return notChecked("No third party is registered.");
      let given = 0;
      const answer = await codeOf(() => chat.disclose(third, [told[0]], () => void (given += 1)));
      return found(answer !== null && given === 0, "A canary was to be given to a third party.", {
        answer,
        given,
      });
    },
  ),
];

async function denials({ audit }: Ground["world"], subject: Canary["subject"]["id"]) {
  const log = accessLogOf(subject, audit.store.logs);
  const entries = await audit.store.entries(log, { from: 0, limit: 10_000, subject });
  return entries.filter(({ type }) => type === "deny").length;
}
