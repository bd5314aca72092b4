import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import type { Oubli, Subject } from "#engine";
import { isOubliError } from "#kernel";

import type { Random } from "./random.ts";
import {
  otherThan,
  post,
  REGIONS,
  textOf,
  type Kind,
  type Map2,
  type RegionName,
} from "./residency-world.ts";

/** How often each act is tried. `astray`: a disclosure to the other region's processor. */
export const WEIGHTS = {
  remember: 260,
  recall: 260,
  find: 80,
  disclose: 80,
  astray: 40,
  derive: 50,
  correct: 50,
  forget: 60,
  grant: 30,
  withdraw: 20,
  hold: 20,
  release: 20,
  list: 40,
  export: 15,
  erase: 8,
  sweep: 2,
  rotate: 1,
  backup: 6,
} as const;
export type ActKind = keyof typeof WEIGHTS;

const ON_A_NODE: ReadonlySet<ActKind> = new Set([
  "disclose",
  "astray",
  "derive",
  "correct",
  "forget",
  "hold",
]);

/** How often each act ended how: `eu remember done`, `us astray PROCESSOR_REFUSED`. */
export type Tally = Map<string, number>;

export interface Lane {
  /** Does one random act on somebody of its own, in either region. */
  step(oubli: Oubli): Promise<void>;
}

interface Person {
  external: string;
  readonly region: RegionName;
  nodes: string[];
  holds: string[];
}

/** So many memories of a person at most. */
const NODES_MAX = 20;

export function createLane(
  map: Map2,
  { name, random, tally }: { name: string; random: Random; tally: Tally },
): Lane {
  let texts = 0;
  const people: Person[] = [0, 1, 2, 3].map((at) => ({
    external: "",
    region: REGIONS[at % 2]!,
    nodes: [],
    holds: [],
  }));

  const text = ({ region }: Person, kind: Kind): string =>
    textOf(map.marks[region], kind, `${name}-${(texts += 1)}`);

  async function known(oubli: Oubli, one: Person): Promise<Subject> {
    const found = one.external === "" ? null : await oubli.find(one.external);
    if (found !== null) return found;
    Object.assign(one, { external: text(one, "external"), nodes: [], holds: [] });
    const jurisdiction = one.region === "eu" ? "DE" : "US";
    return oubli.subject(one.external, { jurisdiction });
  }

  async function act(kind: ActKind, oubli: Oubli, one: Person): Promise<void> {
    const region = oubli.region(one.region);
    const into = (target: string): string => {
      const folder = join(map.folder, one.region, target);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    if (kind === "sweep") return void (await region.sweep());
    if (kind === "rotate") return void (await region.rotate());
    if (kind === "backup") return void (await region.backup(into("backups")));
    const person = await known(oubli, one);
    const purpose = random.below(5) === 0 ? "mood" : "support";
    const chat = person.session({ purpose, thread: text(one, "thread") });
    const node = random.pick(one.nodes);
    const consent = {
      purpose: "mood",
      policyVersion: "v1",
      mechanism: "form",
      userAgent: text(one, "agent"),
    };
    switch (kind) {
      case "find":
        return;
      case "recall":
        return void (await chat.recall(text(one, "query")));
      case "list":
        return void (await person.list({ purpose, limit: 10 }));
      case "grant":
        return void (await person.consent.grant(consent));
      case "withdraw":
        return void (await person.consent.withdraw(consent));
      case "export": {
        const file = join(into("exports"), `${name}-${texts}.json`);
        return writeFileSync(file, JSON.stringify(await person.self().export()));
      }
      case "erase":
        await person.erase();
        Object.assign(one, { external: "", nodes: [], holds: [] });
        return;
      case "release":
        if (one.holds.length > 0) await person.release(one.holds.pop()!);
        return;
    }
    if (kind === "remember" || node === undefined) {
      if (one.nodes.length >= NODES_MAX) {
        await person.forget(one.nodes.splice(0, NODES_MAX / 2));
      }
      const { nodes } = await chat.remember(text(one, "content"), {
        metadata: { note: text(one, "metadata") },
        speaker: text(one, "speaker"),
        source: { system: text(one, "system"), event: text(one, "event") },
        idempotencyKey: text(one, "key"),
      });
      one.nodes.push(...nodes);
      return;
    }
    const at = `${kind === "astray" ? otherThan(one.region) : one.region}-model`;
    switch (kind) {
      case "disclose":
      case "astray":
        await chat.disclose(at, [node], (given) =>
          post(
            map.models[kind === "astray" ? otherThan(one.region) : one.region],
            given.map(({ content }) => content),
          ),
        );
        if (kind === "astray") throw new Error("it was given to the other region's processor");
        return;
      case "derive":
        await chat.derive([node], () => text(one, "derived"));
        return;
      case "correct":
        return void (await person.correct(node, text(one, "corrected"), { purpose }));
      case "forget":
        one.nodes = one.nodes.filter((each) => each !== node);
        return void (await person.forget(node));
      case "hold":
        one.holds.push(
          (await person.hold({ case: text(one, "case"), reason: "litigation", nodes: [node] })).id,
        );
    }
  }

  return {
    async step(oubli) {
      const one = random.pick(people)!;
      const wanted = random.weighed(WEIGHTS);
      const kind = one.nodes.length === 0 && ON_A_NODE.has(wanted) ? "remember" : wanted;
      let end = "done";
      try {
        await act(kind, oubli, one);
      } catch (error) {
        if (!isOubliError(error)) throw error;
        end = error.code;
        // The server is away: it is asked again, not stormed.
        if (error.retryable) await pause(5);
      }
      const key = `${one.region} ${kind} ${end}`;
      tally.set(key, (tally.get(key) ?? 0) + 1);
    },
  };
}
