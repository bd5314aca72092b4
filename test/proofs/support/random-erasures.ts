import { createHash } from "node:crypto";

import fc from "fast-check";

import type { Oubli, Subject } from "#engine";
import type { Certificate } from "#erasure";
import type { ConfigInput } from "#policy";

export const CONFIG: ConfigInput = {
  purposes: {
    support: {
      basis: "contract",
      categories: ["preference"],
      retention: "P2Y",
      metadata: ["note"],
    },
  },
};

/** Text that a person might write, long enough that finding it is no accident. */
const anyText = fc
  .tuple(fc.string({ unit: "grapheme", minLength: 6, maxLength: 40 }), fc.uuid())
  .map(([text, unique]) => `${text} ${unique}`);

const anyMemory = fc.record({
  content: anyText,
  metadata: fc.record({ note: anyText }),
  speaker: anyText,
  source: fc.record({ system: anyText, event: anyText }),
});

export const anyErasure = fc.record({
  externalId: anyText,
  thread: anyText,
  memories: fc.array(anyMemory, { minLength: 1, maxLength: 3 }),
  corrected: anyText,
  act: fc.constantFrom("forget", "correct", "erase"),
});

export interface Erasure {
  readonly externalId: string;
  readonly thread: string;
  readonly memories: readonly {
    readonly content: string;
    readonly metadata: { readonly note: string };
    readonly speaker: string;
    readonly source: { readonly system: string; readonly event: string };
  }[];
  readonly corrected: string;
  readonly act: "forget" | "correct" | "erase";
}

export async function carryOut(oubli: Oubli, erasure: Erasure): Promise<Certificate> {
  const { externalId, thread, memories, corrected, act } = erasure;
  const person = await oubli.subject(externalId);
  const chat = person.session({ purpose: "support", thread });
  const { nodes } = await chat.remember(memories.map((memory) => ({ role: "user", ...memory })));
  if (act === "erase") return person.erase();
  if (act === "forget") return person.forget(nodes);
  const done = await person.correct(nodes[0]!, corrected, { purpose: "support" });
  return done.certificate;
}

export const wordsOf = ({ externalId, thread, memories, corrected }: Erasure): string[] => [
  externalId,
  thread,
  corrected,
  ...memories.flatMap(({ content, metadata, speaker, source }) => [
    content,
    metadata.note,
    speaker,
    source.system,
    source.event,
  ]),
];

/** What of the words a certificate tells, in the clear or as a hash that anybody can compute. */
export function tellsOf({ json, entry }: Certificate, words: readonly string[]): string[] {
  const file = JSON.parse(json) as { entry: string; proof: string };
  // The proof's hashes are those of salted leaves; the same search goes over them.
  const hashes = [...file.proof.matchAll(/[A-Za-z0-9+/]{43}=/g)].map(([text]) =>
    Buffer.from(text, "base64").toString("hex"),
  );
  const text = [
    JSON.stringify(entry),
    Buffer.from(file.entry, "base64").toString(),
    json,
    ...hashes,
  ].join("\n");
  return words.flatMap((word) => {
    const forms = [word, JSON.stringify(word).slice(1, -1), ...hashesOf(word)];
    return forms.filter((form) => form.length >= 6 && text.includes(form));
  });
}

export function hashesOf(word: string): string[] {
  return ["sha256", "sha1", "md5", "sha512"].flatMap((algorithm) => {
    const hash = createHash(algorithm).update(word).digest();
    return [hash.toString("hex"), hash.toString("base64"), hash.toString("base64url")];
  });
}

export async function certificateOf(oubli: Oubli, act: Erasure["act"]): Promise<Certificate> {
  const memory = {
    content: "prefers tea",
    metadata: { note: "by phone" },
    speaker: "Ada",
    source: { system: "phone", event: `call-${Math.random()}` },
  };
  return carryOut(oubli, {
    externalId: `person-${Math.random()}`,
    thread: "t",
    memories: [memory],
    corrected: "prefers jam",
    act,
  });
}

export async function forgetOne(
  oubli: Oubli,
  { keep = false } = {},
): Promise<{ person: Subject; node: string; certificate: Certificate }> {
  const person = await oubli.subject("ada");
  const chat = person.session({ purpose: "support" });
  const [node] = (await chat.remember("prefers tea")).nodes;
  if (keep) await chat.remember("stays");
  return { person, node: node!, certificate: await person.forget(node!) };
}
