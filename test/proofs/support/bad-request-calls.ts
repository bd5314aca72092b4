import type { BadCall, BadWorld } from "./bad-calls.ts";
import { NO_FIELDS, PAST, TEXTS, type BadName } from "./bad-values.ts";

const ASKED = { person: "ada", right: "access", manner: "form" } as const;

const office = ({ oubli }: BadWorld) =>
  oubli.as({ kind: "staff", id: "officer", roles: ["privacy-officer"] }).requests;

async function asked(world: BadWorld): Promise<string> {
  const { request } = await world.oubli.requests.receive({ ...ASKED, identity: "session" });
  return request.request;
}

function received(key: string, takes: readonly BadName[], given: object = ASKED): BadCall {
  return {
    field: `request.${key}`,
    takes,
    call: ({ oubli }, value) => oubli.requests.receive({ ...given, [key]: value } as never),
  };
}

function added(key: string, takes: readonly BadName[]): BadCall {
  return {
    field: `added.${key}`,
    takes,
    call: async (world, value) => office(world).advance(await asked(world), { [key]: value }),
    // What is good goes on, and meets a duplicate, or that no controller is configured.
    codes: ["INPUT_INVALID", "DRAFT_INCOMPLETE", "REQUEST_STATE"],
  };
}

const reference = (call: (world: BadWorld, id: never) => unknown): BadCall => ({
  field: "request",
  call,
});

/** Every parameter of `oubli.requests` and `subject.requests`. */
export const BAD_REQUEST_CALLS: Readonly<Record<string, BadCall>> = {
  "requests.receive": {
    field: "request",
    call: ({ oubli }, value) => oubli.requests.receive(value),
  },
  "requests.receive: person": received("person", TEXTS),
  "requests.receive: right": received("right", []),
  "requests.receive: manner": received("manner", []),
  "requests.receive: identity": received("identity", ["undefined"]),
  "requests.receive: details": received("details", ["undefined", ...TEXTS]),
  "requests.receive: language": received("language", ["undefined"]),
  "requests.receive: identifiers": received("identifiers", [...NO_FIELDS, "an object"]),
  "requests.receive: receivedAt": received("receivedAt", ["undefined", ...PAST]),
  "requests.receive: corrections": received("corrections", ["undefined"]),
  "requests.receive: ground": received("ground", ["undefined"]),
  "requests.clocks": {
    field: "request.right",
    call: ({ oubli }, value) => oubli.requests.clocks(value),
  },
  "requests.prove": reference(({ oubli }, id) => oubli.requests.prove(id, "AAAAA-AAAAA")),
  "requests.anotherCode": reference(({ oubli }, id) => oubli.requests.anotherCode(id)),
  "requests.list": {
    field: "page",
    call: (world, value) => office(world).list(value),
    takes: NO_FIELDS,
  },
  "requests.show": reference((world, id) => office(world).show(id)),
  "requests.advance": reference((world, id) => office(world).advance(id)),
  "requests.advance: told": added("told", ["undefined", "an empty array"]),
  "requests.advance: explanation": added("explanation", ["undefined", ...TEXTS]),
  "requests.told": reference((world, id) => office(world).told(id, ["crm"])),
  "requests.told: recipients": {
    field: "recipients",
    call: async (world, value) => office(world).told(await asked(world), value),
  },
  "requests.notTold": reference((world, id) =>
    office(world).notTold(id, "crm", { because: "impossible" }),
  ),
  "requests.notTold: why": {
    field: "why",
    call: async (world, value) => office(world).notTold(await asked(world), "crm", value),
  },
  "requests.package": reference((world, id) => office(world).package(id, "unused.zip")),
  "requests.keepPackage": reference((world, id) => office(world).keepPackage(id)),
  "requests.extend": reference((world, id) => office(world).extend(id, { reason: "complexity" })),
  "requests.deny": reference((world, id) => office(world).deny(id, { reason: "other" })),
  "requests.deny: reason": {
    field: "why.reason",
    call: async (world, value) => office(world).deny(await asked(world), { reason: value }),
  },
  "requests.withdraw": reference((world, id) => office(world).withdraw(id)),
  "requests.sent": reference((world, id) => office(world).sent(id)),
  "requests.announceLift": reference((world, id) => office(world).announceLift(id)),
  "requests.lift": reference((world, id) => office(world).lift(id)),
  "subject.requests.ask": {
    field: "request",
    call: ({ ada }, value) => ada.self().requests.ask(value),
  },
  "subject.requests.show": reference(({ ada }, id) => ada.self().requests.show(id)),
  "subject.requests.withdraw": reference(({ ada }, id) => ada.self().requests.withdraw(id)),
};
