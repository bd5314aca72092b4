import { setTimeout as pause } from "node:timers/promises";

import { tryReadEntry } from "#audit";
import { codeOf } from "#kernel";

import { CANARY_TENANT } from "../canary.ts";
import { found, notChecked, type Control } from "../control.ts";
import { canaryControl } from "./canary-control.ts";

/** How long the expiring memory lives, and how long its end is waited for. */
const LIFE_MS = 400;

/** What is seen of the memories of a person who is none. Each leaves the canary as it found it. */
export const LIVING_CONTROLS: readonly Control[] = [
  canaryControl(
    "remembered-and-recalled",
    ["A1", "A2", "A12"],
    "A memory is recalled, listed and read alone, by its owner's purpose",
    async ({ subject, chat, told, purpose, texts }) => {
      const { nodes } = await chat.recall(texts[0], { limit: 3 });
      const one = await subject.get(told[0], { purpose });
      const listed = await subject.list({ purpose, limit: 10 });
      const holds =
        one.content === texts[0] && nodes.some(({ id }) => id === told[0]) && nodes.length <= 3;
      return found(holds, "A canary was recalled, listed and read.", {
        recalled: nodes.length,
        listed: listed.nodes.length,
      });
    },
  ),
  canaryControl(
    "logged-before-answered",
    ["A8", "A14", "B12"],
    "A recall's entry names who asked, what for, in which session, and each item",
    async ({ chat, subject, texts }, { world }) => {
      const { nodes, why } = await chat.recall(texts[0], { limit: 3 });
      const range = { from: why.auditIndex, limit: 1 };
      const [stored] = await world.audit.store.entries(why.auditLog, range);
      const entry = tryReadEntry(stored?.bytes ?? null);
      const named = ((entry?.["nodes"] ?? []) as { id: string }[]).map(({ id }) => id);
      const holds =
        entry?.t === "retrieve" &&
        entry.subject === subject.id &&
        entry.session !== undefined &&
        entry["purpose"] === chat.purpose &&
        named.join() === nodes.map(({ id }) => id).join();
      return found(holds, "The entry of a canary's recall was read back.", {
        log: why.auditLog,
        index: why.auditIndex,
        items: named.length,
      });
    },
  ),
  canaryControl(
    "purposes-are-apart",
    ["A18", "A12"],
    "What was collected for one purpose is not read for another",
    async ({ subject, purpose, role, told }, { oubli, world: { policy } }) => {
      const others = Object.entries(policy.purposes).filter(
        ([name, { basis, roles }]) =>
          name !== purpose &&
          basis !== null &&
          basis !== "consent" &&
          (roles === null || roles.some((one) => (one as string) === role)),
      );
      const undeclared = await codeOf(() =>
        subject.session({ purpose: "posture-undeclared" }).recall("canary"),
      );
      let [asked, leaked] = [0, 0];
      for (const [name, { roles }] of others.slice(0, 3)) {
        const actor = { kind: "system", id: "posture", roles: [roles?.[0] ?? "app"] } as const;
        const seen = await oubli.tenant(CANARY_TENANT).as(actor).subjectById(subject.id);
        const { nodes } = await seen.session({ purpose: name }).recall("canary");
        asked += 1;
        leaked += nodes.filter(({ id }) => told.includes(id as never)).length;
      }
      const holds = leaked === 0 && undeclared === "PURPOSE_UNKNOWN";
      return found(holds, "A canary was asked for under other purposes.", {
        otherPurposes: asked,
        leaked,
        undeclared,
      });
    },
  ),
  canaryControl(
    "people-are-apart",
    ["A2", "A5", "A22"],
    "With another person's id and words, nothing of theirs comes back",
    async ({ told, texts }, { canary: life }) => {
      const other = (await life.second())!;
      const read = await codeOf(() => other.subject.get(told[0], { purpose: other.purpose }));
      const linked = await codeOf(() => other.chat.link(told[0], other.told[0], "beside"));
      const { nodes } = await other.chat.recall(texts[0], { limit: 3 });
      const leaked = nodes.filter(({ id }) => told.includes(id as never)).length;
      const holds = read === "NOT_FOUND" && linked !== null && leaked === 0;
      return found(holds, "Two canaries were asked for each other's memories.", {
        read,
        linked,
        leaked,
      });
    },
  ),
  canaryControl(
    "graph-within-one-person",
    ["A22"],
    "Links and what was made from memories are neighbours of both ends",
    async ({ chat, told }) => {
      const neighbours = await chat.neighbours(told[0]);
      return found(neighbours.length >= 1, "A canary's link was followed.", {
        neighbours: neighbours.length,
      });
    },
  ),
  canaryControl(
    "expired-is-unreadable",
    ["A21"],
    "What expired is unreadable at once, before any sweep",
    async ({ chat, subject, category, purpose }, { world: { clock, store } }) => {
      const expiresAt = clock.now() + LIFE_MS;
      const { nodes } = await chat.remember("Soon gone.", {
        category: category as "other",
        expiresAt,
      });
      for (let turns = 0; clock.now() < expiresAt && turns < 40; turns += 1) await pause(50);
      if (clock.now() < expiresAt) return notChecked("The clock stands still.");
      const node = nodes[0]!;
      const answer = await codeOf(() => subject.get(node, { purpose }));
      const recalled = (await chat.recall("Soon gone.", { limit: 3 })).nodes;
      const rows = (await store.rows(subject.id, [node])).length;
      const holds = answer === "NOT_FOUND" && recalled.every(({ id }) => id !== node);
      return found(holds, "A canary's memory was read after its end.", { answer, rows });
    },
  ),
  canaryControl(
    "undeclared-fields-are-refused",
    ["B9"],
    "A field that nobody declared is refused, and nothing is stored",
    async ({ chat, subject, category, purpose }) => {
      const count = async () => (await subject.list({ purpose, limit: 100 })).nodes.length;
      const before = await count();
      const wild = { category: category as "other", postureField: 1 } as object;
      const answers = [
        await codeOf(() => chat.remember("Nothing of anybody.", wild)),
        await codeOf(() =>
          chat.remember("Nothing of anybody.", {
            category: category as "other",
            metadata: { "posture-undeclared": 1 },
          }),
        ),
      ];
      const stored = (await count()) - before;
      const holds = answers.every((one) => one !== null) && stored === 0;
      return found(holds, "A canary was told with fields that are not declared.", {
        refused: answers.filter((one) => one !== null).length,
        stored,
      });
    },
  ),
];
