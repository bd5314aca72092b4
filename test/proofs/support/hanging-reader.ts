import { once } from "node:events";

import { READS, openAudited, type Read } from "./audited-world.ts";

// A process whose audit store hangs when one read asks it: by itself on files, and on a server
// because whoever started it holds the log's head by then. It says so, and says if anything came
// out all the same.

const [, , data, root, name, url] = process.argv as unknown as [string, ...string[]];
const world = await openAudited({ data: data!, root: root! }, url);
if (url !== undefined) {
  console.log("ready");
  await once(process.stdin, "data");
}
world.through(async (go) => {
  console.log("appending");
  return url === undefined ? new Promise(() => {}) : go();
});
const read: Read = READS[name as keyof typeof READS];
setInterval(() => {}, 1000);
await read(world, async ({ text }) => console.log(`released ${text}`));
