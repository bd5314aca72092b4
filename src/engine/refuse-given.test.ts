import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { openOubli } from "#engine";
import type { EpochMs } from "#kernel";

test("a clock before 1970 is refused as such, and makes no store", async () => {
  const folder = await mkdtemp(join(tmpdir(), "oubli-clock-"));
  try {
    const store = `sqlite:${join(folder, "data")}`;
    const regions = { default: { jurisdictions: ["*"], store, root: join(folder, "root") } };
    const clock = { now: () => -1 as EpochMs };
    await assert.rejects(openOubli({ regions }, { clock }), {
      code: "CONFIG_INVALID",
      details: {
        field: "clock",
        given: "a moment before 1970",
        accepted: "the time it is: set this machine's clock",
      },
    });
    assert.ok(!existsSync(join(folder, "data")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
