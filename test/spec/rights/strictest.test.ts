import assert from "node:assert/strict";
import { test } from "node:test";

import { ccpa, gdpr, lgpd } from "#policy";

import { FROM_SESSION, openOffice } from "./office.ts";

test("wherever somebody lives, the same request has the same dates, reasons and letters", async () => {
  await using office = await openOffice({ packs: [gdpr(), ccpa(), lgpd()] });
  const seen = [];
  for (const [person, jurisdiction] of [
    ["ada", "DE"],
    ["bob", "US"],
    ["cleo", "BR"],
    ["dan", undefined],
  ] as const) {
    await office.oubli.subject(person, jurisdiction === undefined ? {} : { jurisdiction });
    const asked = { ...FROM_SESSION, person, right: "access" } as const;
    const { request } = await office.oubli.requests.receive(asked);
    const { request: id, subject: _, externalId: __, letters, ...rest } = request;
    seen.push({ ...rest, letters: letters.map(({ text }) => text.replace(id, "")) });
  }
  for (const other of seen) assert.deepEqual(other, seen[0]);
});

test("no request can be denied for where somebody lives", async () => {
  await using office = await openOffice();
  await office.person("ada");
  const asked = { ...FROM_SESSION, person: "ada", right: "access" } as const;
  const { request } = await office.oubli.requests.receive(asked);
  await assert.rejects(
    office.dpo.requests.deny(request.request, { reason: "outside-jurisdiction" as never }),
    { code: "INPUT_INVALID" },
  );
});
