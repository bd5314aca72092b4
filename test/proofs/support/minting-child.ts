/**
 * A process of the application that mints keys of one person all the time, and never pauses. It says
 * how many there are, and ends, when its input does.
 */
import { randomIds, systemClock, type SubjectId } from "#kernel";
import { openKeyring } from "#keys";

import { openGround, type Ground } from "./ground.ts";
import { REGION } from "./region.ts";

/** What it is told. */
export interface MintingOrder {
  readonly ground: Ground;
  readonly subject: SubjectId;
}

const { ground, subject } = JSON.parse(process.argv[2]!) as MintingOrder;
const { keys: store, root } = await openGround(ground, systemClock);
const options = { store, root, clock: systemClock, ids: randomIds, region: REGION };
const keyring = await openKeyring(options);

const ending = new AbortController();
process.stdin.resume().on("end", () => ending.abort());
process.stdout.write("minting\n");

let minted = 0;
while (!ending.signal.aborted) {
  await keyring.mintNodeKeys(subject, [{ node: randomIds.next("node"), revision: 1 }]);
  minted += 1;
  // SQLite's writes are synchronous: without a turn, nobody would hear that the input has ended.
  if (minted % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(`${minted}\n`);
process.exit(0);
