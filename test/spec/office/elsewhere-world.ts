import { openTestOubli } from "#engine";

import type { OtherSystem } from "./other-system.ts";

export type TestOubli = Awaited<ReturnType<typeof openTestOubli>>;

export const officer = (oubli: TestOubli) =>
  oubli.as({ kind: "staff", id: "dpo", roles: ["privacy-officer"] });

export async function withSystems(
  systems: readonly OtherSystem[],
  options: Parameters<typeof openTestOubli>[1] = {},
) {
  const sources = systems.map(({ source }) => source);
  const oubli = await openTestOubli({}, { sources, ...options });
  const ada = await oubli.subject("ada", {
    consent: { policyVersion: "v1", mechanism: "signup" },
  });
  await ada.session({ purpose: "assistant" }).remember("prefers tea");
  return { oubli, ada };
}

export async function eraseAda(oubli: TestOubli, options: object = {}) {
  const ada = await officer(oubli).find("ada");
  return ada!.erase(options);
}

/** Every ledger entry, as text. */
export async function ledger(oubli: TestOubli): Promise<string> {
  const entries: string[] = [];
  const auditor = oubli.as({ kind: "staff", id: "eve", roles: ["auditor"] });
  for (let index = 0; ; index += 1) {
    const bytes = await auditor.audit.entry("ledger", index);
    if (bytes === null) return entries.join("\n");
    entries.push(Buffer.from(bytes).toString());
  }
}
