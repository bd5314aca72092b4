import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openOubli, type Oubli, type Session, type Subject } from "../src/index.ts";

/** An Oubli in a folder of its own, on the disk. */
export async function openBench(): Promise<Oubli & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "oubli-bench-"));
  const region = { jurisdictions: ["*"], store: `sqlite:${join(folder, "data")}` };
  const oubli = await openOubli({ regions: { bench: region } }, { sweep: "manual" });
  return {
    ...oubli,
    folder,
    async close() {
      await oubli.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A consenting person with a number of memories. */
export async function person(
  oubli: Oubli,
  name: string,
  memories: number,
): Promise<{ readonly subject: Subject; readonly chat: Session; readonly nodes: string[] }> {
  const consent = { policyVersion: "v1", mechanism: "signup" };
  const subject = await oubli.subject(name, { consent });
  const chat = subject.session({ purpose: "assistant" });
  const nodes: string[] = [];
  for (let at = 0; at < memories; at += 500) {
    const count = Math.min(500, memories - at);
    const messages = Array.from({ length: count }, (_, index) => ({
      role: "user" as const,
      content: sentence(at + index),
    }));
    nodes.push(...(await chat.remember(messages)).nodes);
  }
  return { subject, chat, nodes };
}

const WHO = ["my sister", "a colleague", "our neighbour", "the doctor", "my old teacher"];
const DID = ["recommended", "complained about", "asked me for", "talked all day about", "forgot"];
const WHAT = "tea tram garden piano budget holiday river recipe lamp ticket novel bicycle".split(
  " ",
);
const WHEN = ["last Monday", "in the spring", "before the meeting", "on the train", "at breakfast"];

/** A question of the length that people ask. */
export function question(seed: number): string {
  const pick = (words: readonly string[], step: number) =>
    words[Math.floor(seed / step) % words.length]!;
  return `What did ${pick(WHO, 3)} say about the ${pick(WHAT, 1)} ${pick(WHEN, 7)}?`;
}

/** One of many short sentences, with few words in common. */
export function sentence(seed: number): string {
  const pick = (words: readonly string[], step: number) =>
    words[Math.floor(seed / step) % words.length]!;
  const what = `${pick(WHAT, 1)} and the ${pick(WHAT, 12)} number ${seed}`;
  return `${pick(WHEN, 7)} ${pick(WHO, 3)} ${pick(DID, 5)} the ${what}, and I want to remember it.`;
}
