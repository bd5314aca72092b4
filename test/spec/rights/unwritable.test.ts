import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, test } from "node:test";

import { openWith } from "#engine";
import { defineConfig, type ConfigInput } from "#policy";
import type { LetterTexts } from "#rights";

import { memoryRegion, OFFICER, REGION } from "../../proofs/support/region.ts";
import { GERMAN } from "./german.ts";
import { FROM_SESSION } from "./office.ts";

const controller = { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } };
const config = (more: ConfigInput) =>
  defineConfig({
    ...more,
    regions: { [REGION]: { jurisdictions: ["*"], store: "sqlite:./unused" } },
  });

/** An office that took requests in, opened again without what writes their letters. */
async function reopened(
  right: "restriction" | "erasure" | "access",
  without: "language" | "controller",
) {
  const region = memoryRegion();
  const { stores } = await region.open();
  const { clock } = region;
  const open = (policy: ConfigInput, letters: Readonly<Record<string, LetterTexts>>) =>
    openWith(stores, config(policy), REGION, false, { clock, sweep: "manual", letters });
  const before = await open({ controller }, { de: GERMAN });
  await before.subject("ada");
  const asked = { ...FROM_SESSION, person: "ada", right, language: "de" };
  const id = (await before.requests.receive(asked)).request.request;
  const after =
    without === "language" ? await open({ controller }, {}) : await open({}, { de: GERMAN });
  return { id, before, after, requests: after.as(OFFICER).requests };
}

describe("a request whose answer cannot be written", () => {
  const GONE = { language: ["language"], controller: ["controller", "contact"] } as const;

  for (const without of ["language", "controller"] as const) {
    for (const right of ["restriction", "erasure"] as const) {
      test(`${right}: is not carried out where the ${without} is gone, and may be denied`, async () => {
        const { id, after, requests, before } = await reopened(right, without);
        await assert.rejects(requests.advance(id), {
          code: "DRAFT_INCOMPLETE",
          details: { fields: GONE[without] },
        });
        assert.equal((await requests.show(id)).state, "acknowledged");
        const ada = await after.find("ada");
        assert.deepEqual(await ada?.restrictions(), []);
        const denied = await before.as(OFFICER).requests.deny(id, { reason: "excessive" });
        assert.equal(denied.state, "denied");
      });
    }
  }

  test("access: gives no package out", async () => {
    const { id, requests } = await reopened("access", "language");
    let written = 0;
    const sink = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        written += chunk.length;
        done();
      },
    });
    await assert.rejects(requests.package(id, sink), { code: "DRAFT_INCOMPLETE" });
    assert.equal(written, 0);
  });
});
