import { setTimeout as pause } from "node:timers/promises";

import { codeOf, DAY_MS } from "#kernel";

import { consentFor } from "../canary.ts";
import { found, type Control } from "../control.ts";
import { canaryControl } from "./canary-control.ts";

/** What is seen of a canary's end. In this order: each goes on where the one before left it. */
export const ENDING_CONTROLS: readonly Control[] = [
  canaryControl(
    "erased-with-what-it-made",
    ["A4", "A22", "A7"],
    "A memory's erasure takes what was made from it, its links, and nothing else",
    async ({ subject, chat, told, derived, edge, texts }, { world }) => {
      await chat.recall(texts[0], { limit: 3 });
      await subject.forget(told[0], { reason: "self-check" });
      const gone = await world.store.rows(subject.id, [told[0], derived, edge]);
      const kept = await world.store.rows(subject.id, [told[1]]);
      const { nodes } = await chat.recall(texts[0], { limit: 3 });
      const back = nodes.filter(({ id }) => id === told[0] || id === derived).length;
      const holds = gone.length === 0 && kept.length === 1 && back === 0;
      return found(holds, "One of a canary's memories was forgotten, and asked for again.", {
        left: gone.length,
        bystanders: kept.length,
        recalled: back,
      });
    },
  ),
  canaryControl(
    "erased-keys-are-fenced",
    ["A7", "A5"],
    "An erased memory cannot be given a key again",
    async ({ subject, told }, { world }) => {
      const ref = { node: told[0], revision: 1 };
      const answer = await codeOf(() => world.keyring.mintNodeKeys(subject.id, [ref]));
      return found(answer !== null, "A key was asked for, for an erased memory.", { answer });
    },
  ),
  canaryControl(
    "hold-beats-erasure",
    ["A5", "A6"],
    "What is on hold outlives an erasure, and goes once it is released",
    async ({ subject, told }, { world }) => {
      const has = async () =>
        (await world.keyring.liveRefs(subject.id)).some(({ node }) => node === told[0]);
      const { id } = await subject.hold({
        case: "posture",
        reason: "self-check",
        nodes: [told[0]],
      });
      const forgot = await codeOf(() => subject.forget(told[0], { reason: "self-check" }));
      const kept = await has();
      await subject.release(id);
      const holds = forgot === "HELD" && kept;
      return found(holds, "A canary's memory was held, and was to be forgotten.", {
        answer: forgot,
        kept,
      });
    },
    "second",
  ),
  canaryControl(
    "withdrawn-is-no",
    ["B2", "A16"],
    "A withdrawal answers no, and erases what rested on it alone",
    async ({ subject, purpose, basis, told }, { world }) => {
      const now = world.clock.now();
      const future = { ...consentFor(world.policy, purpose), collectedAt: now + DAY_MS };
      const refused = await codeOf(() => subject.consent.grant(future));
      // A record's order is its time: in the same millisecond a later one counts by its place.
      await pause(2);
      const { erased } = await subject.consent.withdraw(consentFor(world.policy, purpose));
      const active = await subject.consent.active();
      const left = (await world.store.rows(subject.id, told)).length;
      const gone = basis !== "consent" || left === 0;
      const holds = active[purpose] === false && refused !== null && gone;
      return found(holds, "A canary took its consent back.", {
        active: active[purpose] ?? null,
        fromTheFuture: refused,
        erased: erased.length,
        left,
      });
    },
    "second",
  ),
  canaryControl(
    "erased-with-a-certificate",
    ["A5", "A6", "A3", "B12"],
    "An erased person has no row and no key left, and a certificate that verifies",
    async ({ subject }, { oubli, world }) => {
      const started = world.clock.now();
      const certificate = await subject.erase({ reason: "self-check" });
      const { valid } = await oubli.verify(certificate);
      const residue = await world.store.residue(subject.id, { except: [] });
      const rows = Object.values(residue).reduce((sum, count) => sum + count, 0);
      const keys = (await world.keyring.liveRefs(subject.id)).length;
      const name = await world.keyring.externalIdOf(subject.id);
      const holds = valid && rows === 0 && keys === 0 && name === null;
      return found(holds, "A canary was erased, and looked for in every table.", {
        certificate: certificate.erasure,
        valid,
        rows,
        keys,
        tookMs: world.clock.now() - started,
      });
    },
  ),
  canaryControl(
    "erased-stays-erased",
    ["A7"],
    "An erased person can be used no more, under any of their ids",
    async ({ subject, chat, category }) => {
      const told = await codeOf(() =>
        chat.remember("Nothing of anybody.", { category: category as "other" }),
      );
      const read = await codeOf(() => subject.list());
      const holds = told !== null && read !== null;
      return found(holds, "The erased canary was told and asked.", { told, read });
    },
  ),
];
