// Makes each call of a session and of a person once, in a world in memory.
import { openTestOubli } from "#engine";

const embedder = {
  name: "lengths",
  embed: async (texts: readonly string[]) => texts.map((text) => Float32Array.of(text.length, 1)),
};
const likes = { basis: "contract", categories: ["preference"], retention: "P1Y" } as const;
const config = { purposes: { support: likes } } as const;

await using oubli = await openTestOubli(config, { embedder, derivers: { joined: () => "likes" } });
const ada = await oubli.subject("ada");
const chat = ada.session({ purpose: "support", thread: "one" });
const { nodes } = await chat.remember([
  { role: "user", content: "prefers tea" },
  { role: "user", content: "prefers walks" },
]);
await chat.recall("tea");
await chat.block("profile", "tea");
await chat.derive(nodes, "joined");
await chat.unlink(await chat.link(nodes[0]!, nodes[1]!, "beside"));
await chat.neighbours(nodes[0]!);
await ada.correct(nodes[0]!, "prefers coffee", { purpose: "support" });
await ada.consent.grant({ purpose: "assistant", policyVersion: "v1", mechanism: "form" });
await ada.consent.withdraw({ purpose: "assistant", policyVersion: "v1", mechanism: "form" });
await ada.forget(nodes[1]!);
await ada.self().export();
await ada.self().disclosures();
await oubli.sweep();
await oubli.rotate();
await oubli.verify(await ada.erase());
await oubli.audit.check();
process.stdout.write("done\n");
