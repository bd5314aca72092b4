import type { Oubli, Subject } from "#engine";
import { isOubliError, type NodeId } from "#kernel";

import type { Act, Answer, Journal } from "./history.ts";
import { OFFICER, type Purpose } from "./region.ts";

/** Does acts on an Oubli and writes each down: before it begins, and once it is acknowledged. */
export interface Actor {
  /** @returns the answer, or `null` when the act was refused. */
  run(act: Act): Promise<Answer | null>;
}

/**
 * @param isDead Whether this process counts as dead: what fails then was never acknowledged.
 */
export function createActor(
  oubli: Oubli,
  journal: Journal,
  isDead: () => boolean = () => false,
): Actor {
  return {
    async run(act) {
      const end = journal.begin(act);
      try {
        const answer = await perform(oubli, act);
        end({ ok: answer });
        return answer;
      } catch (error) {
        if (!isDead()) end({ error: isOubliError(error) ? error.code : String(error) });
        return null;
      }
    },
  };
}

const CONSENT = { policyVersion: "v1", mechanism: "form" } as const;

async function perform(oubli: Oubli, act: Act): Promise<Answer> {
  switch (act.kind) {
    case "register":
      return { subject: (await oubli.subject(act.name)).id };
    case "rotate":
      await oubli.rotate();
      return {};
    case "sweep":
      await oubli.sweep();
      return {};
    case "hold":
    case "release":
    case "export":
      return performAsOfficer(await oubli.as(OFFICER).subjectById(act.subject), act);
    default:
      return performFor(await oubli.subjectById(act.subject), act);
  }
}

type Personal = Exclude<Act, { kind: "register" | "rotate" | "sweep" }>;
type Official = Extract<Act, { kind: "hold" | "release" | "export" }>;

async function performAsOfficer(officer: Subject, act: Official): Promise<Answer> {
  switch (act.kind) {
    case "hold": {
      const scope = act.nodes === null ? {} : { nodes: [...act.nodes] as NodeId[] };
      return { hold: (await officer.hold({ case: "c-1", reason: "litigation", ...scope })).id };
    }
    case "release":
      await officer.release(act.hold);
      return {};
    case "export": {
      const { nodes } = await officer.export();
      const of = (...kinds: readonly string[]) => nodes.filter(({ kind }) => kinds.includes(kind));
      const blocks = of("block").map(({ content }) => content);
      return { nodes: of("memory", "derived").map(seen), context: blocks.join("\n") };
    }
  }
}

async function performFor(subject: Subject, act: Exclude<Personal, Official>): Promise<Answer> {
  const session = (purpose: Purpose) => subject.session({ purpose });
  switch (act.kind) {
    case "remember": {
      const messages = act.contents.map((content) => ({ role: "user" as const, content }));
      const { nodes, auditLog, auditIndex } = await session(act.purpose).remember(messages);
      const logged = auditLog === null || auditIndex === null ? {} : { auditLog, auditIndex };
      return { nodes: made(nodes, act.contents), ...logged };
    }
    case "derive": {
      // Says what it was made from, so that a reader can tell old text inside it.
      const by = (sources: readonly { readonly content: string }[]) =>
        [...act.contents, "from", ...sources.map(({ content }) => content)].join(" ");
      const { nodes } = await session(act.purpose).derive([...act.sources], by);
      return { nodes: made(nodes, act.contents) };
    }
    case "correct":
      return {
        revision: (await subject.self().correct(act.node, act.content)).revision,
      };
    case "forget":
      return { held: heldOf(await subject.forget([...act.nodes])) };
    case "erase":
      return { held: heldOf(await subject.erase()) };
    case "grant":
      await subject.consent.grant({ ...CONSENT, purpose: act.purpose, ipAddress: "192.0.2.7" });
      return {};
    case "withdraw":
      return {
        erasures: (await subject.consent.withdraw({ ...CONSENT, purpose: act.purpose })).erased
          .length,
      };
    case "recall": {
      const { nodes, why } = await session(act.purpose).recall("", { limit: act.limit });
      return { nodes: nodes.map(seen), auditLog: why.auditLog, auditIndex: why.auditIndex };
    }
    case "block": {
      const options = { limit: act.limit, tokens: 100_000 };
      const { context, why } = await session(act.purpose).block("profile", "", options);
      return { context, auditLog: why.auditLog, auditIndex: why.auditIndex };
    }
  }
}

function made(nodes: readonly string[], contents: readonly string[]): NonNullable<Answer["nodes"]> {
  return nodes.map((id, at) => ({ id, revision: 1, content: contents[at]! }));
}

function seen({ id, revision, content }: NonNullable<Answer["nodes"]>[number]) {
  return { id, revision, content };
}

function heldOf({ entry }: { readonly entry: { readonly [fact: string]: unknown } }): number {
  return (entry["scope"] as { readonly held: number }).held;
}
