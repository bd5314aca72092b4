import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createActor } from "./support/acts.ts";
import { CRASH_ACTS, setScene, type Scene } from "./support/crash-acts.ts";
import { dieDuring, faultsOf, type Life } from "./support/dying.ts";
import { memoryJournal, type Act, type Operation } from "./support/history.ts";
import type { Around, PortCall } from "./support/intercepted-stores.ts";
import {
  closeStores,
  copyFolder,
  LEASES_OVER_MS,
  movableClock,
  newFolder,
  openFolder,
  openProcess,
  removeFolder,
  type MovableClock,
} from "./support/region.ts";
import { THOROUGH } from "./support/thorough.ts";

/**
 * Proof 3, crash, at named points: a process dies before, and after, every single write of every
 * act. What it leaves on the disk is opened by another one, and all that must be true is looked at.
 * Daily before one write and after the next.
 */

let template = "";
let scene: Scene;
let past: readonly Operation[];
const START = movableClock();

before(async () => {
  template = newFolder();
  const journal = memoryJournal("scene");
  const stores = openFolder(template, START);
  const { oubli } = await openProcess(stores, START);
  scene = await setScene(createActor(oubli, journal));
  await oubli.close();
  await closeStores(stores);
  past = journal.operations;
});

after(() => removeFolder(template));

interface FolderLife extends Life {
  readonly folder: string;
}

const lifeIn = (folder: string, clock: MovableClock): FolderLife => ({
  folder,
  clock,
  open: async () => openFolder(folder, clock),
  close: closeStores,
});
const copyOf = ({ folder, clock }: FolderLife): FolderLife =>
  lifeIn(copyFolder(folder), movableClock(clock.now()));
const copyOfScene = (): FolderLife => copyOf(lifeIn(template, START));

const SIDES = ["before", "after"] as const;

for (const [name, actsOf] of Object.entries(CRASH_ACTS)) {
  test(`a process that dies at any write of ${name} loses and half-does nothing`, async (context) => {
    const whole = copyOfScene();
    const unharmed = await dieDuring(whole, { acts: actsOf(scene), point: null });
    const faults = await faultsOf(whole, [...past, ...unharmed.history]);
    assert.deepEqual(faults, [], "without a crash");
    removeFolder(whole.folder);
    assert.ok(unharmed.writes.length > 0, "an act without writes has no fault points");

    for (const [at, write] of unharmed.writes.entries()) {
      for (const side of SIDES) {
        if (!THOROUGH && (at + SIDES.indexOf(side)) % 2 === 1) continue;
        const life = copyOfScene();
        const { history, died } = await dieDuring(life, {
          acts: actsOf(scene),
          point: { at, side },
        });
        assert.ok(died, `it does not die ${side} write ${at}, ${write}`);
        const faults = await faultsOf(life, [...past, ...history]);
        assert.deepEqual(faults, [], `${side} write ${at} of ${name}: ${write}`);
        removeFolder(life.folder);
      }
    }
    context.diagnostic(`${2 * unharmed.writes.length} points: ${unharmed.writes.join(" ")}`);
  });
}

/**
 * Acts that died when this much of them was on the disk, and what recovers: that dies as well.
 * Daily at every fourth of those moments.
 */
const INTERRUPTED = [
  ["correct", "audit.append", []],
  ["correct", "memory.swap", []],
  ["forget", "keys.shredNodes", []],
  ["erase", "audit.append", []],
  ["erase with a held memory", "audit.append", []],
  ["withdraw", "audit.append", [{ kind: "sweep" }]],
  ["release", "audit.append", [{ kind: "sweep" }]],
  ["rotate", "keys.beginEpoch", [{ kind: "rotate" }]],
  ["rotate", "root.destroy", [{ kind: "rotate" }]],
] as const satisfies readonly (readonly [keyof typeof CRASH_ACTS, string, readonly Act[]])[];

for (const [name, reached, recovers] of INTERRUPTED) {
  test(`a recovery that dies at any write, after ${name} died behind ${reached}, is recovered from`, async (context) => {
    const first = copyOfScene();
    const acts = CRASH_ACTS[name](scene);
    const trial = copyOfScene();
    const { writes } = await dieDuring(trial, { acts, point: null });
    removeFolder(trial.folder);
    const point = { at: writes.indexOf(reached), side: "after" } as const;
    const { history } = await dieDuring(first, { acts, point });
    first.clock.advance(LEASES_OVER_MS);

    const recovery = { acts: recovers, fromOpening: true };
    const whole = copyOf(first);
    const unharmed = await dieDuring(whole, { ...recovery, point: null });
    removeFolder(whole.folder);
    for (const [at, write] of unharmed.writes.entries()) {
      for (const side of SIDES) {
        if (!THOROUGH && (at + SIDES.indexOf(side)) % 4 !== 0) continue;
        const life = copyOf(first);
        const { died } = await dieDuring(life, { ...recovery, point: { at, side } });
        assert.ok(died, `it does not die ${side} write ${at}, ${write}`);
        const faults = await faultsOf(life, [...past, ...history]);
        assert.deepEqual(faults, [], `${side} write ${at} of the recovery: ${write}`);
        removeFolder(life.folder);
      }
    }
    removeFolder(first.folder);
    context.diagnostic(`${2 * unharmed.writes.length} points: ${unharmed.writes.join(" ")}`);
  });
}

test("a process that dies at any write of its very first opening leaves a folder that opens", async () => {
  const empty = (): FolderLife => lifeIn(newFolder(), movableClock());
  const whole = empty();
  const opening = { acts: [], fromOpening: true } as const;
  const unharmed = await dieDuring(whole, { ...opening, point: null });
  removeFolder(whole.folder);
  for (const [at, write] of unharmed.writes.entries()) {
    for (const side of SIDES) {
      const life = empty();
      await dieDuring(life, { ...opening, point: { at, side } });
      assert.deepEqual(await faultsOf(life, []), [], `${side} write ${at}: ${write}`);
      removeFolder(life.folder);
    }
  }
});

const is =
  (port: string, ...methods: readonly string[]) =>
  (call: PortCall): boolean =>
    call.port === port && methods.includes(call.method);

/** Answers a call without making it. */
const answer =
  (when: (call: PortCall) => boolean, what: unknown): Around =>
  (call, go) =>
    when(call) ? Promise.resolve(what) : go();

/** The first of `arounds` is the outermost. */
function chain(...arounds: readonly Around[]): Around {
  const [first, ...others] = arounds;
  if (first === undefined) return (_, go) => go();
  return (call, go) => first(call, () => chain(...others)(call, go));
}

const NOTHING = { nodes: 0, embeddings: 0, derivations: 0, sessions: 0, idempotency: 0 };

/** Broken products, and a word of what the check must say of each. */
const BROKEN = [
  {
    what: "acknowledges a memory before its row is written",
    acts: CRASH_ACTS.remember,
    around: answer(is("memory", "insert"), { status: "inserted" }),
    finds: /was acknowledged and is not there/,
  },
  {
    what: "gives out what it recalled before the entry is written",
    acts: CRASH_ACTS.recall,
    around: answer(is("audit", "append"), [{ status: "appended", index: 1_000_000 }]),
    finds: /access 1000000 is not there/,
  },
  {
    what: "forgets in name only",
    acts: CRASH_ACTS.forget,
    around: chain(
      answer(is("keys", "shredNodes"), 1),
      answer(is("memory", "purgeNodes"), { removed: NOTHING, stragglers: [] }),
      answer(is("memory", "residue"), NOTHING),
      answer(is("keys", "nodeKeys"), null),
    ),
    finds: /is back after a forget/,
  },
  {
    what: "says that a row was swapped, and did not swap it",
    acts: CRASH_ACTS.correct,
    around: answer(is("memory", "swap"), "swapped"),
    finds: /is not there|old text/,
  },
] as const;

for (const { what, acts, around, finds } of BROKEN) {
  test(`the check bites: a product that ${what} is found`, async () => {
    const life = copyOfScene();
    const { history } = await dieDuring(life, { acts: acts(scene), point: null, around });
    assert.ok(
      history.every(({ outcome }) => outcome && "ok" in outcome),
      "it was acknowledged",
    );
    const faults = await faultsOf(life, [...past, ...history]);
    assert.match(faults.join("\n"), finds);
    removeFolder(life.folder);
  });
}

test("the check bites: a product that does not finish interrupted acts is found", async () => {
  const life = copyOfScene();
  const acts = CRASH_ACTS.forget(scene);
  const { history } = await dieDuring(life, { acts, point: { at: 1, side: "before" } });
  const without = answer(is("audit", "claimErasures"), []);
  const faults = await faultsOf(life, [...past, ...history], without);
  assert.match(faults.join("\n"), /an act is not finished/);
  assert.match(faults.join("\n"), /has no end/);
  removeFolder(life.folder);
});
