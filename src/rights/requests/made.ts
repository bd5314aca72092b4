import type { Word } from "#kernel";

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
    package: { madeAt, records, failed: [...new Set(failed)] },
  };
  const noted = await note(world, request, acting.actor, {
    file: { done },
    said: { package: { records, failed: short.length } },
  });
  return advanceRequest(world, noted, acting, added);
}

/** The system behind a section of the package. */
const systemOf = (section: string): Word => section.replace(/^source-/, "") as Word;
