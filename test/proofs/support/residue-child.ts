import { text as readAll } from "node:stream/consumers";
import { inspect } from "node:util";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

import { isOubliError } from "#kernel";

import { live, openAt, type Canaries } from "./residue-world.ts";

// A process that runs into errors with canaries in its hands, and prints each in every way that
// an application may print it. The last one is not caught.

const [data, root, careless] = process.argv.slice(2) as [string, string, string | undefined];
const canaries = JSON.parse(await readAll(process.stdin)) as Canaries;
const text = (kind: keyof Canaries): string => canaries[kind].text;
const broken = "\ud800";

const oubli = await openAt({ data, root });
const { ada, chat, said } = await live(oubli, canaries);
const note = { note: text("metadata") };
const source = { system: text("source system"), event: text("source event") };
const consent = { purpose: "care", policyVersion: "v1", mechanism: "form" };
const ben = await oubli.subject("ben");

const failing: readonly (() => unknown)[] = [
  () => chat.remember(text("content") + broken),
  () => chat.remember([{ role: "user", content: text("message") }, { role: "x" } as never]),
  () =>
    chat.remember(text("content"), { metadata: { [canaries.metadata.core]: text("metadata") } }),
  () => chat.remember(text("content"), { metadata: { note: text("metadata") + broken } }),
  () => chat.remember(text("content"), { metadata: text("metadata") as never }),
  () => chat.remember(text("content"), { speaker: text("speaker").repeat(99) }),
  () => chat.remember(text("content"), { source: text("source event") as never }),
  () => chat.remember(text("content"), { source: { ...source, system: broken + source.system } }),
  () => chat.remember(text("content"), { [text("content")]: 1 } as never),
  () => chat.remember({ [text("content")]: text("content") } as never),
  () => chat.remember(text("content"), { category: "health", metadata: note }),
  () => chat.recall(text("query") + broken),
  () => chat.block(text("query"), text("query")),
  () => chat.link(said, said, canaries.relation.core),
  () => chat.link(said, text("relation"), text("relation")),
  () => chat.neighbours(canaries.thread.core),
  () => chat.derive([said], text("derived")),
  () => ada.session({ purpose: "care", thread: text("thread").repeat(99) }),
  () => ada.session({ purpose: text("thread") }),
  () => ada.get(canaries["external id"].core),
  () => ada.get("node_AAAAAAAAAAAAAAAAAAAAAA", { purpose: "care" }),
  () => ada.self().correct("node_AAAAAAAAAAAAAAAAAAAAAA", text("corrected")),
  () => ada.self().correct(said, text("corrected") + broken),
  () => ada.forget(said, { reason: text("content") }),
  () => ada.consent.grant({ ...consent, ipAddress: canaries["user agent"].core }),
  () => ada.consent.grant({ ...consent, ipAddress: `${text("ip address")}x` }),
  () => ada.consent.grant({ ...consent, userAgent: text("user agent").repeat(99) }),
  () => ada.consent.grant({ ...consent, mechanism: text("user agent") }),
  () => ada.hold({ case: text("content"), reason: text("content") }),
  () => oubli.subject(text("external id") + broken),
  () => oubli.subject(text("external id"), { jurisdiction: text("external id") }),
  () => oubli.subjectById(canaries["external id"].core),
  () => oubli.as({ kind: "staff", id: text("external id") }),
  () => oubli.verify(text("content")).then(({ valid }) => assertFalse(valid)),
  () => ben.session({ purpose: "care" }).remember(text("content"), { metadata: note, source }),
  () => ben.session({ purpose: "care" }).recall(text("query")),
];

for (const fail of failing) await showFailure(fail);
await ada.forget(said);
await showFailure(() => chat.remember(text("content"), { source }));

// A store that breaks while it is used.
const damage = (file: string, table: string): void => {
  using sql = new DatabaseSync(join(data, file));
  sql.exec(`DROP TABLE ${table}`);
};
damage("memory.db", "embedding");
await showFailure(() => chat.remember(text("content"), { metadata: note }));
damage("audit.db", "audit_access");
await showFailure(() => chat.recall(text("query")));
damage("keys.db", "node_key");
await chat.remember(text("content"), { metadata: note, speaker: text("speaker") });

async function showFailure(fail: () => unknown): Promise<void> {
  try {
    await fail();
  } catch (error) {
    console.error(error);
    console.log(inspect(error, { showHidden: true, depth: 9, customInspect: false }));
    console.log(String((error as Error).stack), JSON.stringify(error));
    console.log(`caught ${isOubliError(error) ? error.code : "a stranger"}`);
    if (careless) console.log(text("content"));
    return;
  }
  console.log(`caught nothing: ${String(fail)}`);
}

function assertFalse(valid: boolean): void {
  if (valid) throw new Error("it verifies");
}
