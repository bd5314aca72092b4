/** Turns of one session speak of one thing: what one says is evidence for those around it. */
import type { SessionId } from "#kernel";

import type { Entry, Session } from "./entry.ts";
import type { Rows } from "./rows.ts";
import type { View } from "./view.ts";
import { WEIGHTS } from "./weights.ts";

export interface Sessions {
  /** The session of this name, made where it is new. It lives once an entry joins it. */
  named(id: SessionId | null): Session | null;
  join(row: number): void;
  leave(row: number): void;
  /** Turns evidence into scores, and returns every row in view that now has one. */
  lend(touched: readonly number[], view: View): number[];
}

export function createSessions(rows: Rows): Sessions {
  const sessions = new Map<SessionId, Session>();

  return {
    named(id) {
      if (id === null) return null;
      let session = sessions.get(id);
      if (session === undefined) {
        session = { id, turns: [], lent: false };
        sessions.set(id, session);
      }
      return session;
    },

    join(row) {
      const session = rows.sessions[row] ?? null;
      session?.turns.splice(placeOf(row, session.turns, rows), 0, row);
    },

    leave(row) {
      const session = rows.sessions[row] ?? null;
      if (session === null) return;
      session.turns.splice(session.turns.indexOf(row), 1);
      if (session.turns.length === 0) sessions.delete(session.id);
    },

    lend(touched, view) {
      const { scores, evidence } = rows.columns;
      const scored: number[] = [];
      const lent: Session[] = [];
      for (const row of touched) {
        const session = rows.sessions[row] ?? null;
        if (session === null) {
          scores[row] = evidence[row]!;
          scored.push(row);
        } else if (!session.lent) {
          session.lent = true;
          lent.push(session);
          lendWithin(session.turns, rows, view, scored);
        }
      }
      for (const session of lent) session.lent = false;
      return scored;
    },
  };
}

/**
 * Each turn lends to the next in view, which passes part of it on: context fades with distance.
 * Turns out of view are as if they had never been: they lend nothing and take up no distance.
 */
function lendWithin(
  turns: readonly number[],
  { columns: { evidence, scores, weights } }: Rows,
  { seen }: View,
  scored: number[],
): void {
  const first = scored.length;
  let carried = 0;
  let best = 0;
  for (const turn of turns) {
    if (seen !== null && seen[turn] === 0) continue;
    const own = evidence[turn]!;
    scores[turn] = own + carried;
    carried = WEIGHTS.context * (carried + own * weights[turn]!);
    if (own > best) best = own;
    scored.push(turn);
  }
  const shared = WEIGHTS.session * best;
  carried = 0;
  for (let at = scored.length - 1; at >= first; at--) {
    const turn = scored[at]!;
    scores[turn]! += carried + shared;
    carried = WEIGHTS.context * (carried + evidence[turn]! * weights[turn]!);
  }
}

/** Turns nearly always come in order, so the search starts at the end. */
function placeOf(row: number, turns: readonly number[], { entries }: Rows): number {
  let place = turns.length;
  while (place > 0 && comesAfter(entries[turns[place - 1]!]!, entries[row]!)) place--;
  return place;
}

function comesAfter(left: Entry, right: Entry): boolean {
  if (left.position !== right.position) return left.position > right.position;
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  return left.id > right.id;
}
