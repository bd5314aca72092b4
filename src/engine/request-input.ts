import { isOubliError, word, type Acting, type Word } from "#kernel";
import { assertDeclared } from "#policy";
import {
  advanceRequest,
  DEFAULT_LANGUAGE,
  loadRequest,
  type NewRequest,
  type Request,
  type Wanted,
} from "#rights";
import type { z } from "zod";

import { configured, inputError, wordError } from "./input/index.ts";
import type { requestShapes as shapes } from "./input/request-shapes.ts";
import type { EngineWorld } from "./world.ts";

/** A browser's `Sec-GPC: 1`. @source 11 CCR 7025 */
export const SIGNAL = "gpc";

/** A request as a caller gave it, in words of the configuration. */
export function newRequest(
  world: EngineWorld,
  given: z.output<typeof shapes.own>,
): Omit<NewRequest, "externalId" | "proven"> {
  const { right, manner, language, details, identifiers, receivedAt, recipients, ...wanted } =
    given;
  const now = world.clock.now();
  if (receivedAt !== undefined && receivedAt > now) {
    throw inputError(["request", "receivedAt"], receivedAt, "not in the future");
  }
  refuseUndeclared(world, wanted);
  if (manner === SIGNAL && right !== "opt-out") {
    throw inputError(
      ["request", "right"],
      right,
      "opt-out: a browser's signal asks for nothing else",
    );
  }
  return {
    right,
    manner: configured(world, "mechanisms", { given: manner, path: ["request", "manner"] }),
    ...languageOf(world, language),
    details: details ?? null,
    identifiers: identifiers ?? {},
    wanted: { ...wantedOf(wanted), ...(recipients ? { recipients } : {}) },
    receivedAt: receivedAt ?? now,
  };
}

/** @throws {OubliError} `INPUT_INVALID` for a language that no letters were given for. */
function languageOf(
  { letters }: EngineWorld,
  language: string | undefined,
): { readonly language?: Word } {
  if (language === undefined || language === DEFAULT_LANGUAGE) return {};
  const accepted = [...letters.keys()].join(" | ");
  if (!letters.has(language)) throw wordError(["request", "language"], language, accepted);
  return { language: language as Word };
}

/** An opt-out and a limited use need nobody's proof, and nobody's leave. */
export async function atOnce(world: EngineWorld, who: Acting, request: Request): Promise<Request> {
  const { right } = request.facts as { readonly right: Word };
  const ready = request.state === word("acknowledged");
  if (!ready || !(right === word("opt-out") || right === word("limit-use"))) return request;
  try {
    return await advanceRequest(world, request, who);
  } catch (error) {
    // It was received, and is carried out later: the office goes on with it.
    if (isOubliError(error)) return loadRequest(world, who.tenant, request.id);
    throw error;
  }
}

type WantedGiven = Pick<z.output<typeof shapes.own>, "corrections" | "purposes" | "ground">;

export function wantedOf({ corrections, purposes, ground }: WantedGiven): Wanted {
  return {
    ...(corrections === undefined ? {} : { corrections }),
    ...(purposes === undefined ? {} : { purposes: purposes as readonly Word[] }),
    ...(ground === undefined ? {} : { ground: ground as Word }),
  };
}

/** @throws {OubliError} `PURPOSE_UNKNOWN`, before anything is written down. */
export function refuseUndeclared({ policy }: EngineWorld, { purposes = [] }: WantedGiven): void {
  for (const purpose of purposes) assertDeclared(policy, purpose);
}
