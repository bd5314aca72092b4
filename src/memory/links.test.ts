import assert from "node:assert/strict";
import { test } from "node:test";

import { openTestOubli } from "#engine";

test("the log names the memories that neighbours gives out, and no other", async () => {
  const purpose = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
  await using oubli = await openTestOubli({ purposes: { support: purpose } });
  const ada = await oubli.subject("ada");
  const chat = ada.session({ purpose: "support" });
  const say = (content: string) => ({ role: "user" as const, content });
  const { nodes } = await chat.remember([say("tea"), say("cups"), say("jazz")]);
  const [tea, cups, jazz] = nodes as unknown as [string, string, string];
  const edge = await chat.link(tea, cups, "goes_with");
  await chat.derive([tea, jazz], () => "tea and jazz");

  const found = await chat.neighbours(tea);

  assert.deepEqual(
    found.map(({ node, relation }) => [node.id, relation]),
    [[cups, "goes_with"]],
  );
  const entry = (await ada.self().accesses()).at(-1)!;
  assert.deepEqual(entry.nodes.map(({ id }) => id).toSorted(), [tea, cups, edge].toSorted());
});
