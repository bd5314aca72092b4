import type { Certificate } from "#erasure";
import type { NodeId, SessionId, Word } from "#kernel";
import {
  keepBlock,
  recall,
  remember,
  type Caller,
  type KeptBlock,
  type Neighbour,
  type Deriver,
  type Disclosed,
  type RecalledNode,
  type Recollection,
  type Remembered,
} from "#memory";
import { mayExplain } from "#policy";

import type { ErasedListener } from "./erased-events.ts";
import { graphFace } from "./graph.ts";
import { check, inputError, shapes, wordError } from "./input/index.ts";
import { logged } from "./logged-refusal.ts";
import { memoryOf, messagesOf } from "./memory-input.ts";
import type { RecallOptions, RememberInput, RememberOptions, SessionInput } from "./options.ts";
import { createPlace } from "./place.ts";
import type { EngineWorld } from "./world.ts";

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
  derive(sources: readonly string[], by: string | Deriver): Promise<Remembered>;
  /**
   * Gives memories to a registered processor: decided, written down, then sent. All or none.
   *
   * @param send Sends them; it runs once, behind the gate.
   * @throws {OubliError} `PROCESSOR_REFUSED` and the other refusals; `NOT_FOUND`; `SEND_FAILED`,
   *   with what `send` threw as `foreignCause()`.
   */
  disclose<T>(
    processor: string,
    nodes: readonly string[],
    send: (nodes: readonly RecalledNode[]) => T | Promise<T>,
  ): Promise<Disclosed<T>>;
  link(from: string, to: string, relation: string): Promise<NodeId>;
  /** Ends a link: the edge's own key is destroyed, its ends stay. */
  unlink(edge: string): Promise<Certificate>;
  neighbours(node: string): Promise<readonly Neighbour[]>;
  /**
   * Called when memories of this subject are erased, or their text was corrected: what was given
   * out of them is out of date. @returns a function that stops it.
   */
  onErased(listener: ErasedListener): () => void;
}

/** Whose sessions they are: what a handle alone does not tell. */
const callers = new WeakMap<object, { readonly world: EngineWorld; readonly caller: Caller }>();

/** @throws {OubliError} `INPUT_INVALID` for what is no session of this region. */
export function callerOf(world: EngineWorld, session: object): Caller {
  const known = callers.get(session);
  if (known?.world === world) return known.caller;
  throw inputError(["session"], session, "a session of this Oubli, and of this region");
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

  const session: Session = {
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
      const stored = {
        ...(await call()),
        verb: "remember",
        kind: "memory",
        purposes,
        memories,
        sources: [],
        idempotencyKey: given.idempotencyKey ?? null,
      } as const;
      return logged(world, caller, "remember", () => remember(world, stored));
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
  callers.set(session, { world, caller });
  return session;
}
