import type { Notifier, NotifierMessage, IncidentReport } from "../../../src/index.ts";
import type { ConfigInput } from "#policy";

import { entriesOf, OFFICER, openPeople } from "../world.ts";

export const CONTROLLER = {
  name: "Clinic Ltd",
  contact: { email: "hello@clinic.example", phone: "+1 800 555 0100" },
  dpo: { name: "Dana Poe", contact: { email: "dpo@clinic.example", phone: "+1 800 555 0199" } },
} as const satisfies ConfigInput["controller"];

/** A notifier that keeps what it is given, and fails for as long as it is told to. */
export function outbox(name = "outbox") {
  const messages: NotifierMessage[] = [];
  const state = { broken: false, unknown: new Set<string>() };
  const notifier: Notifier = {
    name,
    reaches: ["dpo", "person"],
    async send(message) {
      if (state.broken) throw new Error("535 wrong password hunter2 for dpo@clinic.example");
      const { to } = message;
      if (to.kind === "person" && state.unknown.has(to.externalId)) return "no-address";
      messages.push(message);
      return "sent";
    },
  };
  return { notifier, messages, state };
}

export async function openOffice(
  config: ConfigInput = {},
  others: readonly Notifier[] = [],
  options: Parameters<typeof openPeople>[1] = {},
) {
  const box = outbox();
  const people = await openPeople(
    { controller: CONTROLLER, ...config },
    { notifiers: [box.notifier, ...others], ...options },
  );
  const { breach } = people.oubli.as(OFFICER);
  const ledger = async (t: string) =>
    (await entriesOf(people.oubli, "ledger")).filter((entry) => entry.t === t);
  return {
    ...people,
    box,
    breach,
    ledger,
    [Symbol.asyncDispose]: () => people.oubli.close(),
  };
}

export const NOW = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What the letters need, and nothing more. */
export const TEXTS = {
  whatHappened: "Somebody read records that they had no right to.",
  consequences: "You may get messages that pretend to be from us.",
  measures: "We changed the password.",
  advice: "Do not answer messages that ask for your password.",
} as const;

export function report(change: Partial<IncidentReport> = {}): IncidentReport {
  return {
    detectedAt: NOW,
    description: "A stolen password of the support desk",
    severity: "high",
    affectedUsers: ["ada"],
    dataCategories: ["account"],
    containmentActions: ["password changed"],
    ...change,
  };
}
