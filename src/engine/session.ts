import { OubliError, type NodeId, type SessionId, type Word } from "#kernel";
import {
  derive,
  keepBlock,
  link,
  neighbours,
  recall,
  remember,
  type Caller,
  type KeptBlock,
  type Neighbour,
  type NewMemory,
  type RecalledNode,
  type Recollection,
  type Remembered,
} from "#memory";
import { mayExplain, purposeOf, type CategoryId } from "#policy";
import type { z } from "zod";

import { check, checkedDeriver, inputError, shapes, wordError } from "./input.ts";
import type { ErasedListener } from "./erased-events.ts";
import type { EngineWorld } from "./world.ts";

export type SessionInput = z.input<typeof shapes.session>;
export type RememberInput = z.input<typeof shapes.remembered>;
export type RememberOptions = z.input<typeof shapes.remember>;
export type RecallOptions = z.input<typeof shapes.recall>;

/** One conversation with one subject, for one purpose. */
export interface Session {
  readonly purpose: Word;
  /** Random; minted where no thread is given, so that no use is ever without one. */
  id(): Promise<SessionId>;
  /**
   * Remembers a text, or messages, all or none.
   *
   * @throws {OubliError} `CONSENT_MISSING` and the policy's other refusals; `INPUT_INVALID`;
   *   `SUBJECT_ERASED`; `REPLAY_OF_ERASED`; `AUDIT_UNAVAILABLE`.
   */
  remember(what: RememberInput, options?: RememberOptions): Promise<Remembered>;
  /** Recalls what answers a question; an empty one asks for the newest. Logged before released. */
  recall(query: string, options?: RecallOptions): Promise<Recollection>;
  /** A context block that stays the same bytes until one of its memories changes. */
  block(name: string, query: string, options?: RecallOptions): Promise<KeptBlock>;
  /**
   * Makes a memory from others; it falls with any of them.
   *
   * @param by A registered deriver's name, or a function that is run this once.
   */
  derive(
    sources: readonly string[],
    by: string | ((sources: readonly RecalledNode[]) => string | Promise<string>),
  ): Promise<Remembered>;
  link(from: string, to: string, relation: string): Promise<NodeId>;
  neighbours(node: string): Promise<readonly Neighbour[]>;
  /** Called when memories of this subject are erased. @returns a function that stops it. */
  onErased(listener: ErasedListener): () => void;
}

/** Opens a session. Nothing is read or written until it is used. */
export function openSession(world: EngineWorld, caller: Caller, input: SessionInput): Session {
  const { purpose, storeFor, thread } = check(shapes.session, input, "session");
  const storable = (storeFor ?? [purpose]) as readonly string[] as [string, ...string[]];
  const place = createPlace(world, caller, purpose as Word, thread ?? null);

  const call = async () => ({ caller, purpose, session: await place.id() });
  const question = async (query: string, options: RecallOptions) => {
    const { limit, tokens, explain } = check(shapes.recall, options, "options");
    const asked = check(shapes.query, query, "query");
    return {
      ...(await call()),
      query: asked,
      limit,
      tokens,
      explain: explain && mayExplain(caller.actor),
    };
  };

  return {
    purpose: purpose as Word,
    id: () => place.id(),
    async remember(what, options = {}) {
      const given = check(shapes.remember, options, "options");
      const purposes = (given.purposes ?? storable) as readonly string[] as [string, ...string[]];
      const wider = purposes.find((name) => !storable.includes(name));
      if (wider) throw wordError(["options", "purposes"], wider, storable.join(" | "));
      const messages = messagesOf(what);
      const first = await place.take(messages.length);
      const memories = messages.map((message, at) =>
        memoryOf(world, purposes, { ...given, ...message }, first + at),
      );
      return remember(world, {
        ...(await call()),
        verb: "remember",
        kind: "memory",
        purposes,
        memories,
        sources: [],
        idempotencyKey: given.idempotencyKey ?? null,
      });
    },
    recall: async (query, options = {}) => recall(world, await question(query, options)),
    async block(name, query, options = {}) {
      const named = check(shapes.code, name, "name") as Word;
      return keepBlock(world, { ...(await question(query, options)), name: named });
    },
    ...graphFace(world, call),
    onErased(listener) {
      check(shapes.callback, listener, "listener");
      return world.events.on(caller.subject, listener);
    },
  };
}

type SessionCall = () => Promise<{
  readonly caller: Caller;
  readonly purpose: string;
  readonly session: SessionId;
}>;

/** What is made from memories, and how they hang together. */
function graphFace(
  world: EngineWorld,
  call: SessionCall,
): Pick<Session, "derive" | "link" | "neighbours"> {
  return {
    async derive(sources, by) {
      const ids = check(shapes.nodeIds, sources, "sources");
      const registered = typeof by === "string" ? world.derivers.get(by) : by;
      if (typeof registered !== "function") {
        throw wordError(["by"], by, [...world.derivers.keys()].join(" | ") || "a function");
      }
      const deriver = typeof by === "string" ? (by as Word) : null;
      const make = checkedDeriver(registered);
      return derive(world, { ...(await call()), sources: ids, derive: make, deriver });
    },
    async link(from, to, relation) {
      const ends = check(shapes.nodeIds, [from, to], "ends") as [NodeId, NodeId];
      if (from === to) throw inputError(["to"], to, "another node");
      const named = check(shapes.code, relation, "relation") as Word;
      const done = await link(world, {
        ...(await call()),
        from: ends[0],
        to: ends[1],
        relation: named,
      });
      return done.nodes[0]!;
    },
    async neighbours(node) {
      const id = check(shapes.nodeId, node, "node");
      return (await neighbours(world, { ...(await call()), node: id })).neighbours;
    },
  };
}

/** The session's id, and the order of what is said in it. */
function createPlace(world: EngineWorld, caller: Caller, purpose: Word, thread: string | null) {
  const { subject, tenant } = caller;
  let found: Promise<{ id: SessionId; next: number }> | null = null;

  async function resume(): Promise<{ id: SessionId; next: number }> {
    const id = world.ids.next("session");
    if (thread === null) return { id, next: 0 };
    const tag = await world.keyring.tag(tenant, "thread", subject, thread);
    const candidate = { id, purpose, startedAt: world.clock.now() };
    const session = await world.store.session(subject, tag, candidate);
    if (session === "fenced") throw new OubliError("SUBJECT_ERASED");
    return { id: session.id, next: await world.store.nextPosition(subject, session.id) };
  }

  // What failed once may succeed later: it is asked anew.
  const place = () =>
    (found ??= resume().catch((error: unknown) => {
      found = null;
      throw error;
    }));
  return {
    id: async () => (await place()).id,
    async take(count: number): Promise<number> {
      const at = await place();
      at.next += count;
      return at.next - count;
    },
  };
}

type MemoryInput = z.output<typeof shapes.remember> & {
  readonly content: string;
  readonly role?: NewMemory["role"];
};

function messagesOf(what: RememberInput): readonly Pick<MemoryInput, "content" | "role">[] {
  const given = check(shapes.remembered, what, "what");
  return typeof given === "string" ? [{ content: given }] : given;
}

function memoryOf(
  { policy, clock }: EngineWorld,
  purposes: readonly string[],
  input: MemoryInput,
  position: number,
): NewMemory {
  const { content, role = null, speaker = null, metadata = null, source = null } = input;
  checkMetadata(policy, purposes, metadata);
  const now = clock.now();
  if (input.at !== undefined && input.at > now)
    throw inputError(["at"], input.at, "not later than now");
  if (input.expiresAt !== undefined && input.expiresAt <= now) {
    throw inputError(["expiresAt"], input.expiresAt, "later than now");
  }
  return {
    content,
    role,
    speaker,
    metadata,
    source,
    saidAt: input.at ?? null,
    categories: [categoryOf(policy, purposes, input.category as string | undefined)],
    expiresAt: input.expiresAt ?? null,
    position,
    deriver: null,
  };
}

/** Every key has to be declared by every purpose that it is stored for. */
function checkMetadata(
  policy: EngineWorld["policy"],
  purposes: readonly string[],
  metadata: NewMemory["metadata"],
): void {
  for (const key of Object.keys(metadata ?? {})) {
    for (const purpose of purposes) {
      const declared = purposeOf(policy, purpose)?.metadata ?? [];
      if (declared.includes(key as Word)) continue;
      const wanted = declared.join(" | ") || `no keys: purpose ${purpose} declares none`;
      throw wordError(["metadata"], key, wanted);
    }
  }
}

/** The given category; else the only one that the purpose has; else `other`, if it has that. */
function categoryOf(
  policy: EngineWorld["policy"],
  purposes: readonly string[],
  given: string | undefined,
): CategoryId {
  if (given !== undefined) return given as CategoryId;
  const allowed = purposeOf(policy, purposes[0]!)?.categories ?? [];
  if (allowed.length === 1) return allowed[0]!;
  // An undeclared purpose has none; the policy refuses it with its own words.
  if (allowed.length === 0 || allowed.some((id) => id === "other")) return "other" as CategoryId;
  throw inputError(["category"], undefined, allowed.join(" | "));
}
