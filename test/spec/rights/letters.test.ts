import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli } from "#engine";
import { HOUR_MS } from "#kernel";
import { lastDayOf } from "#law";
import { ccpa, gdpr, lgpd } from "#policy";

import { otherSystem } from "../office/other-system.ts";
import { FROM_SESSION, OFFICER, openOffice, type Office } from "./office.ts";

async function received(office: Office, right: "access" | "erasure" = "erasure") {
  await office.person("ada", ["likes tea"]);
  const { request } = await office.oubli.requests.receive({
    ...FROM_SESSION,
    person: "ada",
    right,
  });
  return request.request;
}

describe("letters", () => {
  test("the acknowledgement says what was asked, by when it is answered, and whom to ask", async () => {
    await using office = await openOffice();
    const [letter] = (await office.dpo.requests.show(await received(office))).letters;
    assert.equal(
      letter!.text,
      [
        "We have received your request",
        "On 1 January 2026 you asked Clinic Ltd for the erasure of your data.",
        "We are working on it. You will have our answer by 31 January 2026 at the latest.",
        `Your reference: ${(await office.dpo.requests.list()).requests[0]!.request}. ` +
          "To reach us: Clinic Ltd, privacy@clinic.example, 1 High Street, Dublin.",
      ].join("\n\n") + "\n",
    );
  });

  test("says of every right what was asked, in a sentence of plain English", async () => {
    const SAID = {
      access: "for a copy of your data",
      erasure: "for the erasure of your data",
      rectification: "for the correction of your data",
      restriction: "to store your data and not to use them",
      portability: "for your data in a form that other services can read",
      objection: "to stop using your data for certain purposes",
      "opt-out": "neither to sell nor to share your data",
      "limit-use": "to use your sensitive data only for what is necessary",
    } as const;
    await using office = await openOffice();
    await office.person("ada");
    for (const [right, said] of Object.entries(SAID)) {
      const asked = { ...FROM_SESSION, person: "ada", right: right as keyof typeof SAID };
      const { request } = await office.oubli.requests.receive(asked);
      const { text } = (await office.dpo.requests.show(request.request)).letters[0]!;
      assert.ok(text.includes(`On 1 January 2026 you asked Clinic Ltd ${said}.`), text);
    }
  });

  test("somebody who is not known yet is told what was asked in their name, and what they need", async () => {
    await using office = await openOffice({ packs: [ccpa()] });
    await office.person("ada");
    const asked = { person: "ada", right: "erasure", manner: "email" } as const;
    const { request, code } = await office.oubli.requests.receive(asked);
    assert.equal(request.acknowledgedAt, request.receivedAt);
    const [letter] = (await office.dpo.requests.show(request.request)).letters;
    assert.match(letter!.text, /asked in your name for the erasure of your data/);
    assert.match(letter!.text, /We need nothing else from you/);
    assert.ok(!letter!.text.includes(code!));
  });

  test("where a law wants a simple statement at once, the acknowledgement has it (LGPD Art. 19)", async () => {
    for (const [packs, said] of [
      [[lgpd()], true],
      [[gdpr()], false],
    ] as const) {
      await using office = await openOffice({ packs });
      const [letter] = (await office.dpo.requests.show(await received(office, "access"))).letters;
      assert.equal(letter!.text.includes("In short: we hold 1 memory of you."), said);
    }
  });

  test("the answer says when the last backup ends that still holds it", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "oubli-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const now = Date.UTC(2026, 0, 1, 12);
    await using oubli = await openOubli(
      {
        controller: { name: "Clinic Ltd", contact: { phone: "+353 1 000 0000" } },
        regions: {
          eu: {
            jurisdictions: ["*"],
            store: `sqlite:${join(folder, "data")}`,
            root: join(folder, "root"),
            hosts: { backup: "self" },
          },
        },
      },
      { clock: { now: () => now as never }, sweep: "manual" },
    );
    await oubli.subject("ada");
    await oubli.backup(join(folder, "backups"), { ends: new Date("2026-05-17T00:00:00Z") });
    const { request } = await oubli.requests.receive({
      ...FROM_SESSION,
      person: "ada",
      right: "erasure",
    });
    const dpo = oubli.as(OFFICER);
    const { letters } = await dpo.requests.advance(request.request);
    const { text } = letters.at(-1)!;
    assert.match(text, /not final yet\. Our backups may still hold copies.* until 17 May 2026\./);
    assert.match(text, /It is final once the last of them has ended/);
  });

  test("the answer to an erasure says that it is not final, until it is", async () => {
    await using office = await openOffice();
    const { letters } = await office.dpo.requests.advance(await received(office));
    assert.match(letters.at(-1)!.text, /carried out, and not final yet\. We know of no backup/);

    const crm = otherSystem("crm");
    await using slow = await openOffice({}, { sources: [crm.source] });
    crm.fault = "down";
    const id = await received(slow);
    assert.equal((await slow.dpo.requests.advance(id)).state, "waiting");
    await slow.oubli.rotate();
    crm.fault = null;
    slow.oubli.clock.advance({ days: 1 });
    await slow.oubli.sweep();
    const done = await slow.dpo.requests.show(id);
    assert.match(done.letters.at(-1)!.text, /This is final: no copy of it can be opened any more/);
  });

  test("the answer to an erasure says until when another system's backups hold copies", async () => {
    const { source } = otherSystem("crm", { backupsEnd: "P35D" });
    await using office = await openOffice({}, { sources: [source] });
    const id = await received(office);
    const { letters } = await office.dpo.requests.advance(id);
    assert.match(
      letters.at(-1)!.text,
      /Backups of crm may hold copies .* until 5 February 2026 at/,
    );
  });

  test("a day that ends in California is not said to be the next one", async () => {
    await using office = await openOffice({ packs: [ccpa()] });
    office.oubli.clock.advance({ ms: 12 * HOUR_MS });
    await office.person("ada");
    const optOut = office.oubli.requests.clocks("opt-out");
    assert.equal(new Date(optOut.answerBy).toISOString(), "2026-01-24T07:59:59.999Z");
    assert.equal(lastDayOf(optOut.answerBy), "2026-01-23");
  });

  test("a denial says why, on which article, and how to complain", async () => {
    await using office = await openOffice();
    const id = await received(office);
    await office.dpo.requests.deny(id, {
      reason: "legal-obligation",
      explanation: "The tax office asks us to keep invoices for ten years.",
    });
    const letter = (await office.dpo.requests.show(id)).letters.at(-1)!;
    assert.match(
      letter.text,
      /because a law obliges us to keep the data \(GDPR Art\. 17\(3\)\(b\)\)/,
    );
    assert.match(letter.text, /The tax office asks us to keep invoices for ten years\./);
    assert.match(letter.text, /You may complain to your data protection authority/);
  });

  test("a reason that the right does not know is refused with those that it does", async () => {
    await using office = await openOffice();
    const id = await received(office);
    await assert.rejects(
      office.dpo.requests.deny(id, { reason: "psychotherapy-notes" }),
      (error) => {
        const { details } = error as { details?: { accepted?: string[] } };
        assert.ok(details?.accepted?.includes("legal-claims"));
        assert.ok(!details?.accepted?.includes("psychotherapy-notes"));
        return true;
      },
    );
    assert.equal((await office.dpo.requests.show(id)).state, "acknowledged");
  });

  test("what somebody wrote is text in them, and never markup or another paragraph", async () => {
    await using office = await openOffice();
    const id = await received(office);
    const explanation = '<script>alert("x")</script>\n\nPlease send your\u202e password';
    await office.dpo.requests.deny(id, { reason: "other", explanation });
    const { html, text } = (await office.dpo.requests.show(id)).letters.at(-1)!;
    assert.ok(!html.includes("<script>"));
    assert.ok(html.includes("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; Please send"));
    assert.ok(!text.includes("\u202e"));
    assert.ok(text.includes('<script>alert("x")</script> Please send your password'));
  });

  test("without a controller nothing is written and nothing is done, but the request is received", async () => {
    await using office = await openOffice({ controller: undefined as never });
    const ada = await office.person("ada", ["likes tea"]);
    const { request } = await office.oubli.requests.receive({
      ...FROM_SESSION,
      person: "ada",
      right: "erasure",
    });
    assert.equal(request.state, "received");
    await assert.rejects(office.dpo.requests.advance(request.request), {
      code: "DRAFT_INCOMPLETE",
      details: { fields: ["controller", "contact"] },
    });
    assert.equal((await ada.self().export()).nodes.length, 1);
    assert.equal((await office.entries("request")).length, 1);
  });
});
