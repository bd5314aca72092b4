// Compiled, never run: each line marked must not compile.
import { send, type Disclosure, type EgressWorld } from "#egress";
import type { PolicyRequest } from "#policy";

import type { Session } from "../../src/index.ts";

declare const world: EgressWorld;
declare const disclosure: Disclosure;
declare const request: PolicyRequest<"disclose">;
declare const chat: Session;

// @ts-expect-error a disclosure takes the permits of its use, and a request is none
send(world, { ...disclosure, permits: [request] }, () => {});

// @ts-expect-error a disclosure without any permit
send(world, { ...disclosure, permits: [] }, () => {});

// @ts-expect-error what is sent is given to the function that sends it, behind the gate
chat.disclose("model", ["node_1"], "the text itself");

// @ts-expect-error what the processor answered comes with its place in the log
export const answer: string = await chat.disclose("model", ["node_1"], () => "answer");
