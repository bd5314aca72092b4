import { OubliError, type SessionId, type Word } from "#kernel";
import type { Caller } from "#memory";

import type { EngineWorld } from "./world.ts";

/** The session's id, and the order of what is said in it. */
export function createPlace(
  world: EngineWorld,
  caller: Caller,
  purpose: Word,
  thread: string | null,
) {
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
