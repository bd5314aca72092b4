// Compiled, never run: what an application writes, with its own strings.
import type {
  ActorInput,
  ConsentRecord,
  Deriver,
  Embedder,
  Hold,
  ListPage,
  LogCheck,
  NodeId,
  Oubli,
  Policy,
  RecallOptions,
  RestrictionRow,
  Session,
  Subject,
  SubjectId,
} from "../../src/index.ts";

declare const oubli: Oubli;
declare const ada: Subject;
declare const chat: Session;
declare const request: { readonly id: string; readonly kind?: string };
declare const profile: Deriver;
declare const embedder: Embedder;

// An id that came in a request is a text: the call checks it.
await ada.get(request.id);
await ada.forget([request.id]);
await ada.hold({ case: "2026-117", reason: "litigation", nodes: [request.id] });
await ada.list({ after: { createdAt: Date.now(), node: request.id } });
await oubli.subjectById(request.id);
await chat.derive([request.id], profile);

// What a call gives has a name, and goes into the next call as it is.
const page: ListPage = await ada.list({ limit: 10 });
await ada.list({ after: page.next });
const node: NodeId | undefined = page.nodes[0]?.id;
const subject: SubjectId = ada.id;
const actor: ActorInput = { kind: "staff", id: "dpo", roles: ["privacy-officer"] };
const options: RecallOptions = { limit: 5 };
const records: readonly ConsentRecord[] = await ada.consent.history();
const holds: readonly Hold[] = await oubli
  .as(actor)
  .subjectById(subject)
  .then((person) => person.holds());
const restrictions: readonly RestrictionRow[] = await ada.restrictions();
const checks: readonly LogCheck[] = await oubli.audit.check();
const policy: Policy = oubli.policy;
export { checks, embedder, holds, node, options, policy, records, restrictions };

// @ts-expect-error a text is no id of what comes out
export const made: NodeId = request.id;

// @ts-expect-error an option that is not declared
await chat.recall("tea", { topK: 3 });
