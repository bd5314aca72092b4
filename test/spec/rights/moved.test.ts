import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { openOubli, type ConfigInput } from "oubli";

import { OFFICER, SCC, twoRegions } from "../transfers.ts";

test("a person who moved to another region meanwhile is not said to be erased", async (t) => {
  const { folder, config } = twoRegions(t);
  const place = (name: string) => ({
    store: `sqlite:${join(folder, name, "data")}`,
    root: join(folder, name, "root"),
  });
  const given: ConfigInput = {
    packs: config.policy.packs.filter(({ name }) => name !== "oubli"),
    controller: { name: "Clinic Ltd", contact: { email: "privacy@clinic.example" } },
    codes: { documents: ["SCC-2026-4"] },
    regions: {
      eu: { jurisdictions: ["EEA"], ...place("eu") },
      us: { jurisdictions: ["US"], ...place("us") },
    },
  };
  await using oubli = await openOubli(given, { sweep: "manual", actor: OFFICER });
  const ada = await oubli.subject("ada", { jurisdiction: "DE" });
  const { requests } = oubli.region("eu");
  const asked = { person: "ada", right: "erasure", manner: "form", identity: "session" } as const;
  const { request } = await requests.receive(asked);
  await ada.transfer(SCC);

  const waiting = await requests.advance(request.request);
  assert.deepEqual([waiting.state, waiting.waitingFor], ["waiting", ["moved-to-another-region"]]);
  assert.equal((await oubli.find("ada"))!.region, "us");
});
