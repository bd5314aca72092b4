// Compiled, never run: each line marked must not compile.
import { word, type SubjectId } from "#kernel";
import {
  decide,
  defineConfig,
  guardsFor,
  withheldBy,
  type NodeFacts,
  type Permit,
  type PolicyFacts,
  type PolicyRequest,
} from "#policy";

declare const request: PolicyRequest<"recall">;
declare const facts: PolicyFacts;
declare const node: NodeFacts;
declare const subject: SubjectId;
declare function recall(permit: Permit<"recall">): void;

const { policy } = defineConfig();
const decision = decide(request, facts, policy);

// @ts-expect-error a decision may be a refusal: its outcome is asked first
recall(decision.permit);

if (decision.outcome === "permitted") {
  recall(decision.permit);

  // @ts-expect-error a permit cannot be changed
  decision.permit.purpose = word("marketing_email");
}

// @ts-expect-error a request is not a permit
recall(request);

// @ts-expect-error the fields of a permit are not a permit
recall({
  kind: "use",
  verb: "recall",
  actor: request.actor,
  subject,
  purpose: word("assistant"),
  basis: "consent",
  gateSeq: 0,
  policySeq: 0,
  notAfter: null,
  categories: [],
  maxNodes: 1,
  relevanceFloor: 0,
  use: "quote",
});

const written = decide({ ...request, verb: "remember" }, facts, policy);
// @ts-expect-error leave to write is not leave to read
if (written.outcome === "permitted") recall(written.permit);

const exported = decide({ ...request, verb: "export" }, facts, policy);
// @ts-expect-error a right is not a use
if (exported.outcome === "permitted") recall(exported.permit);

// @ts-expect-error a node filter takes a permit
withheldBy(request, node, request.at);

// @ts-expect-error so does the list of guards
guardsFor({});

// @ts-expect-error there is no such verb
decide({ ...request, verb: "peek" }, facts, policy);

// @ts-expect-error there is no such category
defineConfig({ purposes: { support: { categories: ["gossip"] } } });

// @ts-expect-error consent is no condition for special categories; explicit consent is
defineConfig({ purposes: { support: { condition: "consent" } } });

// @ts-expect-error derivers are functions, and a configuration is data
defineConfig({ derivers: [] });
