import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";

import { randomIds, systemClock } from "#kernel";

import { openKeyStore } from "../store/sqlite/key-store.ts";
import { memoryRootProvider } from "./memory-root.ts";
import { openKeyring } from "./open-keyring.ts";

const SWAPS = {
  "look-ups exchanged": `
    CREATE TEMP TABLE two AS SELECT lookup, subject_id FROM main.directory;
    UPDATE directory SET lookup = CAST(lookup || x'00' AS BLOB);
    UPDATE directory SET lookup = (SELECT lookup FROM two WHERE two.subject_id <> directory.subject_id)`,
  "subjects exchanged": `
    CREATE TEMP TABLE two AS SELECT lookup, subject_id FROM main.directory;
    UPDATE directory SET subject_id = (SELECT subject_id FROM two WHERE two.lookup <> directory.lookup)`,
  "names exchanged": `
    CREATE TEMP TABLE two AS SELECT lookup, sealed FROM main.directory;
    UPDATE directory SET sealed = (SELECT sealed FROM two WHERE two.lookup <> directory.lookup)`,
};

describe("a look-up that was put beside another person gives nobody away", () => {
  for (const [what, change] of Object.entries(SWAPS)) {
    test(what, async () => {
      const folder = mkdtempSync(join(tmpdir(), "oubli-directory-"));
      const file = join(folder, "keys.db");
      const store = openKeyStore(file);
      const root = memoryRootProvider({ clock: systemClock });
      const options = { store, root, clock: systemClock, ids: randomIds, region: "eu" };
      const keyring = await openKeyring(options);
      const { subject } = await keyring.register("acme", "ada");
      await keyring.register("acme", "ben");
      assert.equal(await keyring.find("acme", "ada"), subject);

      using sql = new DatabaseSync(file);
      sql.exec(change);

      for (const name of ["ada", "ben"]) {
        await assert.rejects(keyring.find("acme", name), { code: "SEAL_BROKEN" });
        await assert.rejects(keyring.register("acme", name), { code: "SEAL_BROKEN" });
      }
      assert.equal(await keyring.find("acme", "cyd"), null);
      keyring.close();
      await store.close();
      rmSync(folder, { recursive: true });
    });
  }
});
