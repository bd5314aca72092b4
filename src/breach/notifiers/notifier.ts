import { isCode, OubliError, word } from "#kernel";
import type { Party } from "#policy";

/** Who is told: the officer, by the configuration's contact, or a person, by the application's name. */
export type Addressee =
  | { readonly kind: "dpo"; readonly party: Party | null }
  | { readonly kind: "person"; readonly externalId: string };

/** One message. A person's holds nothing of the inside: no ids, addresses or names of machines. */
export interface Message {
  /** The same over every retry, and of no other message: whoever gets it twice knows it by this. */
  readonly key: string;
  readonly to: Addressee;
  readonly title: string;
  readonly text: string;
  readonly html: string;
}

/** `no-address`: nobody knows how to reach them; a substitute notice may be due. */
export type Delivery = "sent" | "no-address";

/** Why a message did not go out, in words for the ledger. */
export type FailureCause =
  | "unreachable"
  | "timeout"
  | "credentials"
  | "refused"
  | "certificate"
  | "failed";

/** A way to tell somebody. What it throws is never shown: it may hold an address or a password. */
export interface Notifier {
  /** A code of the configuration: it stands in the ledger. */
  readonly name: string;
  readonly reaches: readonly Addressee["kind"][];
  /** Resolves once it is sent, or says that there is no address; whatever it throws is a failure. */
  send(message: Message, call: { readonly signal: AbortSignal }): Promise<Delivery | void>;
}

/** A failure with its cause as a word, and nothing of what the other side said. */
export class NotifierError extends Error {
  override readonly name = "NotifierError";
  readonly reason: FailureCause;

  constructor(reason: FailureCause) {
    super(`A notifier failed: ${reason}`);
    this.reason = reason;
  }
}

/** What any error of a notifier is called in the ledger. */
export function causeOf(error: unknown): FailureCause {
  if (error instanceof NotifierError) return error.reason;
  const name = (error as { readonly name?: unknown } | null)?.name;
  return name === "AbortError" || name === "TimeoutError" ? "timeout" : "failed";
}

/** What a socket's failure is called. */
export function socketCause(error: unknown): FailureCause {
  const { code = "", name = "" } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === "AbortError" || code === "ETIMEDOUT" || code === "ABORT_ERR") return "timeout";
  return /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(String(code)) ? "certificate" : "unreachable";
}

/** @throws {OubliError} `INPUT_INVALID`: it stands in the ledger. */
export function checkedName(name: string): string {
  if (isCode(name)) return name;
  throw new OubliError("INPUT_INVALID", { field: word("notifier.name"), accepted: word("a code") });
}
