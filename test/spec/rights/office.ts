import { readEntry, type Entry } from "#audit";
import { openTestOubli, type OpenOptions, type Subject } from "#engine";
import type { ConfigInput } from "#policy";

/** An office with a controller who can be written to, and its officer. */
const CONFIG = {
  controller: {
    name: "Clinic Ltd",
    contact: { email: "privacy@clinic.example", address: "1 High Street, Dublin" },
  },
  purposes: {
    support: { basis: "contract", categories: ["preference"], retention: "P1Y" },
    fraud: { basis: "legitimate-interests", categories: ["preference"], retention: "P1Y" },
  },
} as const satisfies ConfigInput;

export const OFFICER = { kind: "staff", id: "dpo", roles: ["privacy-officer"] } as const;
export const AUDITOR = { kind: "staff", id: "auditor", roles: ["auditor"] } as const;

type Options = Omit<OpenOptions, "clock" | "sweep">;

export async function openOffice(config: ConfigInput = {}, options: Options = {}) {
  const oubli = await openTestOubli({ ...CONFIG, ...config }, options);
  const dpo = oubli.as(OFFICER);
  const auditor = oubli.as(AUDITOR);

  async function person(name: string, told: readonly string[] = []): Promise<Subject> {
    const subject = await oubli.subject(name);
    const chat = subject.session({ purpose: "support" });
    for (const text of told) await chat.remember(text);
    return subject;
  }

  /** Entries of one type, oldest first. */
  async function entries(type: string): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for (let index = 0; ; index += 1) {
      const bytes = await auditor.audit.entry("ledger", index);
      if (bytes === null) return found;
      const entry = readEntry(bytes);
      if (entry.t === type) found.push(entry);
    }
  }

  return { oubli, dpo, auditor, person, entries, [Symbol.asyncDispose]: () => oubli.close() };
}

export type Office = Awaited<ReturnType<typeof openOffice>>;

/** A request of somebody who is logged in. */
export const FROM_SESSION = { manner: "form", identity: "session" } as const;

type Asked = Omit<Parameters<Office["oubli"]["requests"]["receive"]>[0], "manner" | "identity">;

export async function received(office: Office, asked: Asked): Promise<string> {
  const { request } = await office.oubli.requests.receive({ ...FROM_SESSION, ...asked });
  return request.request;
}

/** The text of the last letter of a request. */
export async function letter(office: Office, id: string): Promise<string> {
  return (await office.dpo.requests.show(id)).letters.at(-1)!.text;
}
