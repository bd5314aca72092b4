import { OubliError } from "#kernel";
import { admit, type Caller } from "#memory";
import {
  listRequests,
  loadRequest,
  receive,
  shownToPerson,
  takeBack,
  type Request,
  type RequestShownToPerson,
} from "#rights";
import type { z } from "zod";

import { check } from "./input/index.ts";
import { requestShapes as shapes } from "./input/request-shapes.ts";
import { endWaiting } from "./package-face.ts";
import { atOnce, newRequest } from "./request-input.ts";
import type { EngineWorld } from "./world.ts";

/** A person's own requests. For the person and the privacy officer. */
export interface OwnRequestsFace {
  /** Asks for something. The person is logged in as themselves, so nothing more is proved. */
  ask(input: z.input<typeof shapes.own>): Promise<RequestShownToPerson>;
  /** Newest first. */
  list(): Promise<readonly RequestShownToPerson[]>;
  /** With its letters. @throws {OubliError} `NOT_FOUND` also for another's. */
  show(request: string): Promise<RequestShownToPerson>;
  withdraw(request: string): Promise<RequestShownToPerson>;
}

const LISTED_MAX = 1000;

export function ownRequestsFace(world: EngineWorld, caller: Caller): OwnRequestsFace {
  const { tenant, actor, subject } = caller;
  const who = { tenant, actor };
  const mayAsk = () => admit(world, { verb: "ask", caller, purpose: null, session: null });

  async function own(request: string): Promise<Request> {
    const id = check(shapes.requestId, request, "request");
    await mayAsk();
    const found = await loadRequest(world, tenant, id);
    if (found.subject !== subject) throw new OubliError("NOT_FOUND", { case: id });
    return found;
  }

  return {
    async ask(input) {
      const asked = newRequest(world, check(shapes.own, input, "request"));
      await mayAsk();
      const externalId = await world.keyring.externalIdOf(subject);
      if (externalId === null) throw new OubliError("SUBJECT_ERASED");
      const received = await receive(world, who, { ...asked, externalId, proven: true });
      return shownToPerson(await atOnce(world, who, received.request));
    },
    async list() {
      await mayAsk();
      const listing = { tenant, subject, after: null, limit: LISTED_MAX };
      return (await listRequests(world, listing)).map(shownToPerson);
    },
    async show(request) {
      return shownToPerson(await own(request));
    },
    async withdraw(request) {
      const withdrawn = await takeBack(world, await own(request), who);
      await endWaiting(world, who, { subject, parent: withdrawn.id });
      return shownToPerson(withdrawn);
    },
  };
}
