import { READS, openAudited, type Read } from "./audited-world.ts";

// A process whose audit store hangs when one read asks it. It says so, and says if anything came
// out all the same.

const [, , data, root, name] = process.argv as unknown as [string, string, string, string, string];
const world = await openAudited({ data, root });
world.through(async () => {
  console.log("appending");
  await new Promise(() => {});
});
const read: Read = READS[name as keyof typeof READS];
setInterval(() => {}, 1000);
await read(world, async ({ text }) => console.log(`released ${text}`));
