import { isCode, type Word } from "#kernel";

import type { MadePackage } from "../package/make-package.ts";
import { advanceRequest, type Added } from "./advance.ts";
import type { Request } from "./request.ts";
import { note } from "./step.ts";
import type { Acting, RightsWorld } from "./world.ts";

/** Answers a request with the package that was made for it; or waits for who did not give all. */
export async function noteMade(
  world: RightsWorld,
  request: Request,
  acting: Acting,
  { madeAt, sections }: MadePackage,
  added: Added = {},
): Promise<Request> {
  const short = sections.filter((section) => section.failed !== null);
  // Each system with its reason: `identifier-missing` alone does not say who lacks it.
  const failed = short.flatMap(({ section, failed: why }) => [systemOf(section), why!]);
  const records = sections.reduce((sum, section) => sum + section.records, 0);
  const done = {
    ...request.file?.done,
    package: { madeAt, records, withheld: withheldIn(sections), failed: [...new Set(failed)] },
  };
  const noted = await note(world, request, acting.actor, {
    file: { done },
    said: { package: { records, failed: short.length } },
  });
  return advanceRequest(world, noted, acting, added);
}

/** A system may give a reason in words of its own: those are not for a letter. */
function withheldIn(sections: MadePackage["sections"]): Readonly<Record<string, number>> {
  const all = new Map<string, number>();
  for (const [reason, times] of sections.flatMap(({ withheld }) => Object.entries(withheld))) {
    const code = isCode(reason) ? reason : "other";
    all.set(code, (all.get(code) ?? 0) + times);
  }
  return Object.fromEntries(all);
}

/** The system behind a section of the package. */
const systemOf = (section: string): Word => section.replace(/^source-/, "") as Word;
