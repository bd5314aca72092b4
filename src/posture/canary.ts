import type { EngineWorld, Oubli, Session, Subject } from "#engine";
import { codeOf, word, type NodeId, type Word } from "#kernel";
import { isSpecial, rulesOf, type Category, type Policy } from "#policy";

/** The canaries' controller: nobody else's people are in it. */
export const CANARY_TENANT = "posture-canary";

/** A purpose that a canary can be remembered and recalled for. */
export interface CanaryPurpose {
  readonly purpose: string;
  readonly category: Category;
  readonly role: Word;
  readonly basis: string;
}

/** A person who is none, with memories that say nothing. */
export interface Canary extends CanaryPurpose {
  /** As an application would call them. */
  readonly name: string;
  readonly subject: Subject;
  readonly chat: Session;
  /** Two that were told. */
  readonly told: readonly [NodeId, NodeId];
  /** Made from both. */
  readonly derived: NodeId;
  readonly edge: NodeId;
  readonly texts: readonly [string, string];
  /** What remembering before there was a consent was answered with; `null`: it was stored. */
  readonly withoutConsent: string | null;
  /** The same of something sensitive under an implied one; absent where no law asks for more. */
  readonly underImplied?: string | null;
}

/** Canaries of one run: planted when first asked for, gone when it is over. */
export interface CanaryLife {
  /** @returns `null` where no purpose lets anybody remember and recall. */
  first(): Promise<Canary | null>;
  second(): Promise<Canary | null>;
  /** Erases them, and whatever an earlier run left behind. */
  end(): Promise<void>;
}

/** Recalls of a canary ask for few; a purpose that gives fewer is no use here. */
const NODES_MIN = 3;

/** Other systems are asked to erase them too, so nobody else may be called that. */
const NAMES = ["oubli-posture-canary-1", "oubli-posture-canary-2"] as const;

const TEXTS = [
  ["The canary sings at dawn.", "A cage is no home, said the cat."],
  ["The other canary whistles at dusk.", "A perch is a home, said the owl."],
] as const;

export function canaryLife(overseer: Oubli, world: EngineWorld): CanaryLife {
  const place = purposeFor(world.policy);
  const canaries = place === null ? null : overseer.tenant(CANARY_TENANT).as(actorFor(place));
  const planted = new Map<number, Promise<Canary | null>>();
  const plantOnce = (at: 0 | 1): Promise<Canary | null> => {
    if (place === null || canaries === null) return Promise.resolve(null);
    const known = planted.get(at);
    if (known !== undefined) return known;
    const planting = plant(canaries, world, place, at);
    planted.set(at, planting);
    return planting;
  };
  return {
    first: () => plantOnce(0),
    second: () => plantOnce(1),
    async end() {
      if (canaries === null) return;
      for (const name of NAMES) await remove(canaries, name);
    },
  };
}

/** The first purpose that may hold something ordinary; `null` where there is none. */
export function purposeFor({ purposes }: Policy): CanaryPurpose | null {
  const usable = Object.entries(purposes).flatMap(([purpose, facts]) => {
    const { basis, categories, roles, maxNodes, relevanceFloor } = facts;
    if (basis === null || maxNodes < NODES_MIN || relevanceFloor > 0) return [];
    const category = categories?.find((one) => !isSpecial(one as never));
    const role = roles === null ? word("app") : roles[0];
    if (category === undefined || role === undefined) return [];
    return [{ purpose, category, role, basis }];
  });
  // What rests on consent shows more: that nothing is stored before it.
  return usable.find(({ basis }) => basis === "consent") ?? usable[0] ?? null;
}

function actorFor({ role }: CanaryPurpose) {
  const roles = [...new Set(["privacy-officer", role])];
  return { kind: "system", id: "posture", roles } as const;
}

async function plant(
  oubli: Oubli,
  { policy, clock }: EngineWorld,
  place: CanaryPurpose,
  at: 0 | 1,
): Promise<Canary> {
  const { purpose, category } = place;
  await remove(oubli, NAMES[at]);
  const subject = await oubli.subject(NAMES[at], jurisdictionOf(policy, oubli));
  const chat = subject.session({ purpose });
  const texts = TEXTS[at];
  const told = texts.map((content, order) => ({
    role: "user" as const,
    content,
    category: category as "other",
    source: { system: "posture", event: `${at}-${order}-${clock.now()}` },
  }));
  const withoutConsent = place.basis === "consent" ? await codeOf(() => chat.remember(told)) : null;
  const sensitive = await underImplied(policy, subject, place);
  await subject.consent.grant(consentFor(policy, purpose));
  const { nodes } = await chat.remember(told);
  const derived = await chat.derive(nodes, () => "Both birds were spoken of.");
  const edge = await chat.link(nodes[0]!, nodes[1]!, "beside");
  return {
    ...place,
    name: NAMES[at],
    subject,
    chat,
    told: [nodes[0]!, nodes[1]!],
    derived: derived.nodes[0]!,
    edge,
    texts,
    withoutConsent,
    ...sensitive,
  };
}

/** What telling something sensitive is answered with, where a law wants explicit consent for it. */
async function underImplied(
  policy: Policy,
  subject: Subject,
  { role }: CanaryPurpose,
): Promise<Pick<Canary, "underImplied">> {
  const listed = rulesOf(policy).explicitConsentCategories.value ?? [];
  const [place] = Object.entries(policy.purposes).flatMap(([purpose, facts]) => {
    const { basis, categories, roles } = facts;
    const category = categories?.find((one) => listed.includes(one));
    const open = basis !== null && (roles === null || roles.some((one) => one === role));
    return open && category !== undefined ? [{ purpose, category: category as "other" }] : [];
  });
  if (place === undefined) return {};
  const { purpose, category } = place;
  // Where only an explicit one is taken at all, there is none now, which says the same.
  await codeOf(() => subject.consent.grant({ ...consentFor(policy, purpose), explicit: false }));
  const told = () => subject.session({ purpose }).remember("Nothing of anybody.", { category });
  return { underImplied: await codeOf(told) };
}

/** A consent in words that this configuration takes. */
export function consentFor({ codes }: Policy, purpose: string) {
  const policyVersion = codes?.notices[0] ?? "1";
  return { purpose, policyVersion, mechanism: "self-check", explicit: true };
}

/** Where a region serves some alone, the canary lives with them. */
function jurisdictionOf({ regions }: Policy, { regions: names }: Oubli) {
  const served = regions[names[0]!]?.jurisdictions[0];
  const country = served === undefined || /^[A-Z]{2}$/.test(served) ? served : undefined;
  return country === undefined ? {} : { jurisdiction: country as string };
}

async function remove(oubli: Oubli, name: string): Promise<void> {
  const left = await oubli.find(name);
  if (left === null) return;
  for (const { id } of await left.holds()) await left.release(id);
  await codeOf(() => left.erase({ reason: "self-check" }));
}
