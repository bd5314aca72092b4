import { word } from "#kernel";

import { configError } from "./config-error.ts";

/** How to reach somebody; at least one of them. They stand in letters, so one line each. */
export interface Contact {
  readonly email?: string;
  readonly phone?: string;
  /** Where a letter finds them. */
  readonly address?: string;
  readonly website?: string;
}

/** Somebody with a name and a way to reach them. */
export interface Party {
  readonly name: string;
  readonly contact: Contact;
}

/** Who answers for what is remembered. @source GDPR Art. 13(1)(a)–(b), 30(1)(a) */
export interface Controller extends Party {
  /** The data protection officer. @source GDPR Art. 37(7) */
  readonly dpo?: Party;
  /** In the Union, where the controller is not. @source GDPR Art. 27 */
  readonly representative?: Party;
  /** @source GDPR Art. 26 */
  readonly jointControllers?: readonly Party[];
  /** The categories of people it remembers: `customers`, `patients`. @source GDPR Art. 30(1)(c) */
  readonly people?: readonly string[];
}

/** @throws {OubliError} `CONFIG_INVALID` for somebody that nobody can reach. */
export function checkController(controller: Controller): void {
  checkParty(["controller"], controller);
  for (const role of ["dpo", "representative"] as const) {
    const party = controller[role];
    if (party !== undefined) checkParty(["controller", role], party);
  }
  for (const [at, party] of (controller.jointControllers ?? []).entries()) {
    checkParty(["controller", "jointControllers", at], party);
  }
}

function checkParty(path: readonly PropertyKey[], { contact }: Party): void {
  if (Object.keys(contact).length > 0) return;
  throw configError([...path, "contact"], 0, word("an email, phone, address or website"));
}
