/** Turns of one session speak of one thing: what one says is evidence for those around it. */
import type { SessionId } from "#kernel";

import type { Entry } from "./entry.ts";
import type { View } from "./view.ts";
import { WEIGHTS } from "./weights.ts";

export interface Sessions {
  join(entry: Entry): void;
  leave(entry: Entry): void;
  /** Turns evidence into scores, and returns every entry in view that now has one. */
  lend(touched: readonly Entry[], view: View): Entry[];
}

export function createSessions(): Sessions {
  const sessions = new Map<SessionId, Entry[]>();

  return {
    join(entry) {
      if (entry.session === null) return;
      const turns = sessions.get(entry.session);
      if (turns === undefined) sessions.set(entry.session, [entry]);
      else turns.splice(placeOf(entry, turns), 0, entry);
    },

    leave(entry) {
      if (entry.session === null) return;
      const turns = sessions.get(entry.session)!;
      turns.splice(turns.indexOf(entry), 1);
      if (turns.length === 0) sessions.delete(entry.session);
    },

    lend(touched, view) {
      const scored: Entry[] = [];
      const lent = new Set<SessionId>();
      for (const entry of touched) {
        if (entry.session === null) {
          entry.score = entry.evidence;
          scored.push(entry);
        } else if (!lent.has(entry.session)) {
          lent.add(entry.session);
          lendWithin(sessions.get(entry.session)!, view, scored);
        }
      }
      return scored;
    },
  };
}

/**
 * Each turn lends to the next in view, which passes part of it on: context fades with distance.
 * Turns out of view are as if they had never been: they lend nothing and take up no distance.
 */
function lendWithin(turns: readonly Entry[], view: View, scored: Entry[]): void {
  const first = scored.length;
  let carried = 0;
  let best = 0;
  for (const turn of turns) {
    if (!view.sees(turn)) continue;
    turn.score = turn.evidence + carried;
    carried = WEIGHTS.context * (carried + weighed(turn));
    if (turn.evidence > best) best = turn.evidence;
    scored.push(turn);
  }
  carried = 0;
  for (let at = scored.length - 1; at >= first; at--) {
    const turn = scored[at]!;
    turn.score += carried + WEIGHTS.session * best;
    carried = WEIGHTS.context * (carried + weighed(turn));
  }
}

function weighed(turn: Entry): number {
  return turn.own ? turn.evidence : turn.evidence * WEIGHTS.notOwn;
}

/** Turns nearly always come in order, so the search starts at the end. */
function placeOf(entry: Entry, turns: readonly Entry[]): number {
  let place = turns.length;
  while (place > 0 && comesAfter(turns[place - 1]!, entry)) place--;
  return place;
}

function comesAfter(left: Entry, right: Entry): boolean {
  if (left.position !== right.position) return left.position > right.position;
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  return left.id > right.id;
}
