import type { CountName } from "#store";

import { found, type Control } from "../control.ts";
import type { Ground } from "../ground.ts";

/** What the tables say, read past the code that keeps them. */
export const TABLE_CONTROLS: readonly Control[] = [
  {
    control: "schema-as-made",
    rows: ["A2", "A3", "A5", "A9", "B1"],
    title: "Tables, indexes and what guards history are those that this version makes",
    async probe({ inspection }) {
      const { schema, objects } = await inspection();
      const [first] = schema;
      return found(schema.length === 0, "Every object was compared with a store made new.", {
        objects,
        differing: schema.length,
        first: first === undefined ? null : `${first.fault} ${first.object} in ${first.database}`,
      });
    },
  },
  {
    control: "nothing-left-behind",
    rows: ["A3", "A4", "A22"],
    title: "No embedding, derivation, block or edge stands without what it was made from",
    probe: (ground) =>
      counted(ground, "Each was looked up by what it hangs on.", [
        "derivationsWithoutEnd",
        "derivedWithoutSource",
      ]),
  },
  {
    control: "changes-are-numbered",
    rows: ["A1", "A7"],
    title: "Every memory stands under a change of its person",
    probe: (ground) =>
      counted(ground, "Each row's number was compared with its person's.", [
        "nodesAheadOfTheirChange",
      ]),
  },
  {
    control: "nothing-of-the-erased",
    rows: ["A5", "A7"],
    title: "An erased person has no row, but for what a hold keeps",
    async probe({ inspection, world }) {
      const { fencedWithNodes } = await inspection();
      let left = 0;
      for (const subject of fencedWithNodes) {
        const { store } = world.audit;
        const { holds, pending } = await store.facts(subject);
        const queued = await store.queued({ after: null, limit: 1, subject });
        if (holds.length + pending.length + queued.length === 0) left += 1;
      }
      return found(left === 0, "Everybody behind a fence was looked for in the rows.", {
        heldOrUnderWay: fencedWithNodes.length - left,
        leftBehind: left,
      });
    },
  },
  {
    control: "no-key-behind-a-fence",
    rows: ["A5", "A7"],
    title: "What was erased has no key, so that no backup of the rows can be opened with them",
    probe: (ground) =>
      counted(ground, "Every fence was held against every key.", [
        "keysBehindFences",
        "keysOfTheErased",
        "namesWithoutKey",
      ]),
  },
  {
    control: "keys-open",
    rows: ["A1"],
    title: "Every key is wrapped under its person's present one",
    probe: (ground) =>
      counted(ground, "The versions of all keys were compared.", ["keysOfAnotherVersion"]),
  },
  {
    control: "erasures-go-on",
    rows: ["A6"],
    title: "No erasure stands still, and none waits for a hold that is gone",
    probe: (ground) =>
      counted(ground, "Begun and queued erasures older than a day were looked for.", [
        "erasuresStandingStill",
        "queuedWithoutHold",
      ]),
  },
  {
    control: "consents-have-their-time",
    rows: ["B1", "B2"],
    title: "No consent is from the future, and no evidence is of none",
    probe: (ground) =>
      counted(ground, "Times and evidence of every record were looked at.", [
        "consentsFromTheFuture",
        "evidenceOfNoConsent",
      ]),
  },
];

async function counted({ inspection }: Ground, says: string, names: readonly CountName[]) {
  const { counts } = await inspection();
  const facts = Object.fromEntries(names.map((name) => [name, counts[name]]));
  return found(
    names.every((name) => counts[name] === 0),
    says,
    facts,
  );
}
