import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { closeStores } from "#engine";
import { randomIds, systemClock, type EpochMs } from "#kernel";
import { openKeyring, type Fault } from "#keys";

import { bundled } from "../support/bundle.ts";
import { ENGINES, newGround, openGround, type Ground } from "./support/ground.ts";
import type { MintingOrder } from "./support/minting-child.ts";
import { REGION } from "./support/region.ts";

// Goal: an epoch ends, whatever is written beside it.
// Method: somebody whose key has to be replaced with many under it, and another process that mints
// one more of theirs again and again, faster than theirs can be read. Each try is counted.

const KEYS = 3000;
/** Three ahead of the lock, and the last one behind it. */
const TRIES = 4;
const CHILD = bundled(join(import.meta.dirname, "support/minting-child.ts"));

async function startMinting(order: MintingOrder) {
  const child = spawn(process.execPath, [await CHILD, JSON.stringify(order)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async (): Promise<number> => {
    child.stdin.end();
    return Number(await text(child.stdout));
  };
}

/** Ada, of whom a memory was forgotten: her key is replaced when the epoch ends. */
async function adaOn(ground: Ground) {
  const stores = await openGround(ground, systemClock);
  const { keys: store, root } = stores;
  let tries = 0;
  const fault: Fault = (point) => {
    if (point !== "keys.rotate.subject:before") return;
    tries += 1;
    assert.ok(tries <= TRIES, "it begins again each time, and never ends");
  };
  const options = { store, root, clock: systemClock, ids: randomIds, region: REGION, fault };
  const keyring = await openKeyring(options);
  const { subject } = await keyring.register("acme", "ada");
  const refs = Array.from({ length: KEYS }, () => ({ node: randomIds.next("node"), revision: 1 }));
  await keyring.mintNodeKeys(subject, refs);
  await keyring.shredNodes(subject, [refs[0]!], { ledgerIndex: 1, at: 1 as EpochMs });
  const close = async (): Promise<void> => {
    keyring.close();
    await closeStores(stores);
  };
  return { keyring, subject, close };
}

for (const engine of ENGINES) {
  test(`${engine}: a rotation ends beside a process that never stops to mint, and loses no key`, async (t) => {
    const ground = await newGround(engine);
    t.after(() => ground[Symbol.asyncDispose]());
    const { keyring, subject, close } = await adaOn(ground);
    t.after(close);
    const stop = await startMinting({ ground, subject });

    let minted = 0;
    const rotated = await keyring.rotate().finally(async () => (minted = await stop()));

    assert.ok(rotated.evidence !== null && rotated.subjects === 1);
    // Each is unwrapped: none was left under the key that was replaced.
    assert.equal((await keyring.nodeKeys(subject)).size, KEYS - 1 + minted);
  });
}
