import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";

import { openBackedUp, tell, toldBy } from "./support/backed-up.ts";

describe("a restore brings back what was kept, and nothing that was erased", () => {
  test("with the tail of the ledger from an exported copy, nothing that was erased since comes back", async () => {
    await using life = await openBackedUp();
    const { oubli } = life;
    const [tea, coffee] = await tell(oubli, "ada", "likes tea", "likes coffee");
    await tell(oubli, "bob", "likes rum");
    await tell(oubli, "cleo", "likes milk");
    const { backup } = await oubli.backup(life.backups);
    const ada = await oubli.subject("ada");
    const forgotten = await ada.forget(tea!);
    await ada.self().correct(coffee!, "likes cocoa");
    await (await oubli.subject("bob")).erase();
    await oubli.audit.export(life.path("exported"));

    const named = (forgotten.entry["backups"] as { named: { backup: string }[] }).named;
    assert.deepEqual(named.map((one) => one.backup), [backup]);
    const restored = await life.loseAndRestore({ ledger: life.path("exported") });

    assert.ok(restored.tail.ledger > 0 && restored.replayed > 0);
    assert.equal(restored.forked, null);
    assert.deepEqual(await toldBy(life.oubli, "ada"), [], "the correction came after the backup");
    assert.deepEqual(await toldBy(life.oubli, "bob"), []);
    assert.equal(await life.oubli.find("bob"), null);
    assert.deepEqual(await toldBy(life.oubli, "cleo"), ["likes milk"], "control");
    assert.ok((await life.oubli.audit.check()).every(({ faults }) => faults.length === 0));
    assert.equal((await life.oubli.verify(forgotten)).valid, true);
    assert.ok(!existsSync(life.path("data", "restoring")));
  });
});
