/** Prints how well the product's ranking finds the evidence of labelled questions. */
import type { EpochMs, NodeId, SessionId } from "#kernel";

import { createLexicalIndex } from "../src/memory/ranking/index.ts";
import { type Engine, type Turn, readConversations, scoreRecall } from "./recall-scorer.ts";

const SETS = ["locomo-dev", "beam-dev", "madial-dev"];
const DATA = new URL("../../shared/data/", import.meta.url);

function openIndex(turns: readonly Turn[]): Engine {
  const index = createLexicalIndex();
  for (const turn of turns) {
    index.add({
      ...turn,
      id: turn.id as NodeId,
      session: turn.session as SessionId | null,
      createdAt: turn.createdAt as EpochMs,
      vector: null,
    });
  }
  return { search: (question, limit) => index.rank(question, { limit }).map(({ id }) => id) };
}

console.log("| set | questions | R@5 | R@10 | R@20 | query ms, median | build ms, median |");
console.log("|---|---|---|---|---|---|---|");
for (const name of SETS) {
  const conversations = readConversations(new URL(name, DATA).pathname);
  if (conversations === null) {
    console.log(`| ${name} | absent: no folder ../shared/data/${name} | | | | | |`);
    continue;
  }
  const score = await scoreRecall(conversations, openIndex);
  const cells = [
    name,
    score.questions,
    ...score.recallAt.map((percent) => percent.toFixed(1)),
    score.queryMsMedian.toFixed(3),
    score.buildMsMedian.toFixed(1),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
