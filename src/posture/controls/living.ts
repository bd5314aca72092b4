import { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

import { accessLogOf, tryReadEntry } from "#audit";
import { rulesOf } from "#policy";

import { codeOf, type Canary } from "../canary.ts";
import { found, notChecked, type Control, type Verdict } from "../control.ts";
import type { Ground } from "../ground.ts";
import { zipTexts } from "../zip-texts.ts";

/** How long the expiring memory lives, and how long its end is waited for. */
const LIFE_MS = 400;

/** Of nobody: it was printed in advertisements, and is given out to no one. */
const NUMBER = "219-09-9999";

const NO_PURPOSE = "No purpose lets anybody remember and recall something ordinary.";

/** What is seen of a person who is none, while they live. Each leaves the canary as it found it. */
export const LIVING_CONTROLS: readonly Control[] = [
  canary(
    "remembered-and-recalled",
    ["A1", "A2", "A12"],
    "A memory is recalled, listed and read alone, by its owner's purpose",
    async ({ subject, chat, told, purpose, texts }) => {
      const { nodes } = await chat.recall(texts[0], { limit: 3 });
      const one = await subject.get(told[0], { purpose });
      const listed = await subject.list({ purpose, limit: 10 });
      const holds =
        one.content === texts[0] && nodes.some(({ id }) => id === told[0]) && nodes.length <= 3;
      return found(holds, "A canary was recalled, listed and read.", {
        recalled: nodes.length,
        listed: listed.nodes.length,
      });
    },
  ),
  canary(
    "logged-before-answered",
    ["A8", "A14", "B12"],
    "A recall's entry names who asked, what for, in which session, and each item",
    async ({ chat, subject, texts }, { world }) => {
      const { nodes, why } = await chat.recall(texts[0], { limit: 3 });
      const range = { from: why.auditIndex, limit: 1 };
      const [stored] = await world.audit.store.entries(why.auditLog, range);
      const entry = tryReadEntry(stored?.bytes ?? null);
      const named = ((entry?.["nodes"] ?? []) as { id: string }[]).map(({ id }) => id);
      const holds =
        entry?.t === "retrieve" &&
        entry.subject === subject.id &&
        entry.session !== undefined &&
        entry["purpose"] === chat.purpose &&
        named.join() === nodes.map(({ id }) => id).join();
      return found(holds, "The entry of a canary's recall was read back.", {
        log: why.auditLog,
        index: why.auditIndex,
        items: named.length,
      });
    },
  ),
  canary(
    "person-sees-who-read",
    ["A24"],
    "A person sees who read what of theirs, and what for",
    async ({ subject, purpose }) => {
      const seen = await subject.self().accesses();
      const reads = seen.filter(({ type }) => type === "retrieve");
      const told = reads.every((one) => one.actor.id.length > 0 && one.nodes.length >= 0);
      const named = reads.some((one) => (one.purpose as string | null) === purpose);
      return found(told && named, "A canary asked for its access log.", {
        entries: seen.length,
        reads: reads.length,
      });
    },
  ),
  canary(
    "roles-are-asked",
    ["A24", "A23"],
    "Who has no role, and who only oversees, is given no memory",
    async ({ subject, told, purpose }, { oubli, world }) => {
      const before = await denials(world, subject.id);
      const codes: (string | null)[] = [];
      for (const roles of [[], ["auditor"]]) {
        const actor = { kind: "system", id: "posture", roles } as const;
        const asked = await oubli.tenant("posture-canary").as(actor).subjectById(subject.id);
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
  canary(
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
  canary(
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
  canary(
    "purposes-are-apart",
    ["A18", "A12"],
    "What was collected for one purpose is not read for another",
    async ({ subject, purpose, role, told }, { oubli, world: { policy } }) => {
      const others = Object.entries(policy.purposes).filter(
        ([name, { basis, roles }]) =>
          name !== purpose &&
          basis !== null &&
          basis !== "consent" &&
          (roles === null || roles.some((one) => (one as string) === role)),
      );
      const undeclared = await codeOf(() =>
        subject.session({ purpose: "posture-undeclared" }).recall("canary"),
      );
      let [asked, leaked] = [0, 0];
      for (const [name, { roles }] of others.slice(0, 3)) {
        const actor = { kind: "system", id: "posture", roles: [roles?.[0] ?? "app"] } as const;
        const seen = await oubli.tenant("posture-canary").as(actor).subjectById(subject.id);
        const { nodes } = await seen.session({ purpose: name }).recall("canary");
        asked += 1;
        leaked += nodes.filter(({ id }) => told.includes(id as never)).length;
      }
      const holds = leaked === 0 && undeclared === "PURPOSE_UNKNOWN";
      return found(holds, "A canary was asked for under other purposes.", {
        otherPurposes: asked,
        leaked,
        undeclared,
      });
    },
  ),
  canary(
    "people-are-apart",
    ["A2", "A5", "A22"],
    "With another person's id and words, nothing of theirs comes back",
    async ({ told, texts }, { canary: life }) => {
      const other = (await life.second())!;
      const read = await codeOf(() => other.subject.get(told[0], { purpose: other.purpose }));
      const linked = await codeOf(() => other.chat.link(told[0], other.told[0], "beside"));
      const { nodes } = await other.chat.recall(texts[0], { limit: 3 });
      const leaked = nodes.filter(({ id }) => told.includes(id as never)).length;
      const holds = read === "NOT_FOUND" && linked !== null && leaked === 0;
      return found(holds, "Two canaries were asked for each other's memories.", {
        read,
        linked,
        leaked,
      });
    },
  ),
  canary(
    "graph-within-one-person",
    ["A22"],
    "Links and what was made from memories are neighbours of both ends",
    async ({ chat, told }) => {
      const neighbours = await chat.neighbours(told[0]);
      return found(neighbours.length >= 1, "A canary's link was followed.", {
        neighbours: neighbours.length,
      });
    },
  ),
  canary(
    "expired-is-unreadable",
    ["A21"],
    "What expired is unreadable at once, before any sweep",
    async ({ chat, subject, category, purpose }, { world: { clock, store } }) => {
      const expiresAt = clock.now() + LIFE_MS;
      const { nodes } = await chat.remember("Soon gone.", {
        category: category as "other",
        expiresAt,
      });
      for (let turns = 0; clock.now() < expiresAt && turns < 40; turns += 1) await pause(50);
      if (clock.now() < expiresAt) return notChecked("The clock stands still.");
      const node = nodes[0]!;
      const answer = await codeOf(() => subject.get(node, { purpose }));
      const recalled = (await chat.recall("Soon gone.", { limit: 3 })).nodes;
      const rows = (await store.rows(subject.id, [node])).length;
      const holds = answer === "NOT_FOUND" && recalled.every(({ id }) => id !== node);
      return found(holds, "A canary's memory was read after its end.", { answer, rows });
    },
  ),
  canary(
    "undeclared-fields-are-refused",
    ["B9"],
    "A field that nobody declared is refused, and nothing is stored",
    async ({ chat, subject, category, purpose }) => {
      const count = async () => (await subject.list({ purpose, limit: 100 })).nodes.length;
      const before = await count();
      const wild = { category: category as "other", postureField: 1 } as object;
      const answers = [
        await codeOf(() => chat.remember("Nothing of anybody.", wild)),
        await codeOf(() =>
          chat.remember("Nothing of anybody.", {
            category: category as "other",
            metadata: { "posture-undeclared": 1 },
          }),
        ),
      ];
      const stored = (await count()) - before;
      const holds = answers.every((one) => one !== null) && stored === 0;
      return found(holds, "A canary was told with fields that are not declared.", {
        refused: answers.filter((one) => one !== null).length,
        stored,
      });
    },
  ),
  canary(
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
  canary(
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
  canary(
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
  canary(
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
  canary(
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
      const counted = await oubli.tenant("posture-canary").analytics.track(event, chat);
      return found(!counted, "An event of a canary that did not agree was to be counted.", {
        counted,
      });
    },
  ),
  canary(
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

function canary(
  control: string,
  rows: Control["rows"],
  title: string,
  look: (canary: Canary, ground: Ground) => Promise<Verdict>,
): Control {
  return {
    control,
    rows,
    title,
    async probe(ground) {
      const planted = await ground.canary.first();
      return planted === null ? notChecked(NO_PURPOSE) : look(planted, ground);
    },
  };
}

async function denials({ audit }: Ground["world"], subject: Canary["subject"]["id"]) {
  const log = accessLogOf(subject, audit.store.logs);
  const entries = await audit.store.entries(log, { from: 0, limit: 10_000, subject });
  return entries.filter(({ type }) => type === "deny").length;
}
