import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { openOubli, worldOf } from "#engine";
import { DAY_MS, isOubliError, word } from "#kernel";

import { movableClock } from "../../proofs/support/region.ts";
import { otherSystem } from "./other-system.ts";

const NAME = "ada-of-winterthur-4711";
const MAIL = "ada.of.winterthur@example.org";
const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;

describe("B4: what other systems need to find a person", () => {
  test("stands sealed until every one of them confirmed, and then no key opens it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oubli-targets-"));
    const crm = otherSystem("crm");
    crm.fault = "down";
    const clock = movableClock();
    const config = {
      regions: { default: { jurisdictions: ["*"], store: `sqlite:${join(folder, "data")}` } },
    };
    const oubli = await openOubli(config, { sources: [crm.source], clock, sweep: "manual" });
    const office = oubli.as(OFFICER);
    const person = await office.subject(NAME);
    const { targets } = await person.erase({ identifiers: { email: MAIL } });
    assert.equal(targets!.complete, false);

    const onDisk = (): readonly string[] =>
      globSync(join(folder, "**/*.db*")).filter((file) => {
        const bytes = readFileSync(file);
        return [NAME, MAIL].some((text) => bytes.includes(text));
      });
    assert.deepEqual(onDisk(), [], "nothing of it is readable in any file");

    const { cases, keyring } = worldOf(office);
    const row = await cases.load(word("default"), targets!.case);
    const { id, tenant, step, sealed } = row!;
    const opened = Buffer.from(await keyring.openCase({ id, tenant, step }, sealed!)).toString();
    assert.ok(opened.includes(NAME) && opened.includes(MAIL));

    crm.fault = null;
    clock.advance(DAY_MS);
    await oubli.sources.resume();
    assert.deepEqual(
      crm.asked.filter(({ what }) => what === "erase").map(({ who }) => who.identifiers["email"]),
      [MAIL, MAIL],
    );
    const after = await cases.load(tenant, id);
    assert.equal(after!.sealed, null);
    const again = keyring.openCase({ id, tenant, step }, sealed!);
    await assert.rejects(again, (error) => isOubliError(error, "KEY_SHREDDED"));
    await oubli.close();
    rmSync(folder, { recursive: true });
  });
});
