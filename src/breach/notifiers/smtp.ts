import { createHash } from "node:crypto";

import { isLoopback, OubliError, word } from "#kernel";

import {
  checkedName,
  NotifierError,
  socketCause,
  type Addressee,
  type FailureCause,
  type Notifier,
} from "./notifier.ts";

export interface SmtpOptions {
  readonly host: string;
  /** Default: 465 with `tls: "implicit"`, else 587. */
  readonly port?: number;
  /** `starttls` is asked for and insisted on; `none` on this machine alone. Default: `starttls`. */
  readonly tls?: "implicit" | "starttls" | "none";
  /** Certificates that vouch for the server, in PEM. Default: those that Node trusts. */
  readonly ca?: string;
  readonly auth?: { readonly user: string; readonly password: string };
  /** The sender's address. */
  readonly from: string;
  /** How the application's people are reached; without it, only the officer is. */
  readonly addressOf?: (externalId: string) => Promise<string | null> | string | null;
  /** What it is called in the ledger. Default: `smtp`. */
  readonly name?: string;
}

const EMAIL = /^[^\s@<>,;:"()[\]\\\p{Cc}]{1,64}@[^\s@<>,;:"()[\]\\\p{Cc}]{1,190}$/u;

/** For the connection, the greeting, and each answer. */
const WAIT_MS = 15_000;

/** How long a connection is kept for the next letter. */
const IDLE_MS = 300;

/**
 * Sends each message as an e-mail, as plain text and as HTML.
 *
 * The password is in no property, error or log: what the server says is thrown away, and only its
 * kind is told.
 *
 * @throws {OubliError} `INPUT_INVALID` for a connection in the clear to another machine.
 */
export function smtpNotifier(options: SmtpOptions): Notifier {
  const { host, tls = "starttls", from, addressOf } = options;
  const name = checkedName(options.name ?? "smtp");
  if (!EMAIL.test(from)) throw invalid("smtp.from", "one address");
  if (tls === "none" && !isLoopback(host)) throw invalid("smtp.tls", "starttls | implicit");
  const connected = keptFor(IDLE_MS, async () =>
    (await loadMailer()).createTransport(connection(options)),
  );
  return {
    name,
    reaches: addressOf === undefined ? ["dpo"] : ["dpo", "person"],
    async send({ key, to, title, text, html }, { signal }) {
      const address = await addressee(to, addressOf);
      if (address === null) return "no-address";
      const messageId = `<${digest(key)}@${from.slice(from.indexOf("@") + 1)}>`;
      const mail = { from, to: address, subject: title, text, html, messageId };
      const transport = await connected();
      try {
        await Promise.race([transport.sendMail(mail), aborted(signal)]);
        return "sent";
      } catch (error) {
        throw new NotifierError(signal.aborted ? "timeout" : mailCause(error));
      }
    },
  };
}

/** What one letter after another shares: a connection that is closed once nobody uses it. */
function keptFor<Kept extends { close(): void }>(
  idleMs: number,
  make: () => Promise<Kept>,
): () => Promise<Kept> {
  let kept: Promise<Kept> | null = null;
  let idle: NodeJS.Timeout | undefined;
  return async () => {
    clearTimeout(idle);
    kept ??= make();
    kept.catch(() => (kept = null));
    const one = await kept;
    idle = setTimeout(() => {
      kept = null;
      one.close();
    }, idleMs);
    return one;
  };
}

/** The server may say nothing for longer than anybody waits. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** Not the notice's id, which is of the inside; the same for the same notice. */
function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

async function addressee(
  to: Addressee,
  addressOf: SmtpOptions["addressOf"],
): Promise<string | null> {
  if (to.kind === "dpo") return to.party?.contact.email ?? null;
  const address = (await addressOf?.(to.externalId)) ?? null;
  // An address that is two, or that ends the header it stands in, reaches nobody.
  return address !== null && EMAIL.test(address) ? address : null;
}

function connection({ host, port, tls = "starttls", ca, auth }: SmtpOptions) {
  const implicit = tls === "implicit";
  return {
    pool: true as const,
    maxConnections: 1,
    host,
    port: port ?? (implicit ? 465 : 587),
    secure: implicit,
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.password } }),
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    // A letter has no attachments: nothing is read from a path or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function mailCause(error: unknown): FailureCause {
  const { code, responseCode, originalCode } = (error ?? {}) as Record<string, unknown>;
  if (code === "EAUTH" || code === "ENOAUTH") return "credentials";
  if (code === "ETLS") return "certificate";
  if (typeof responseCode === "number") return "refused";
  if (code === "EENVELOPE" || code === "EMESSAGE") return "refused";
  return socketCause(originalCode === undefined ? error : { code: originalCode });
}

type Mailer = Pick<typeof import("nodemailer"), "createTransport">;

/** Loaded when the first letter goes out: who sends none never needs it. */
async function loadMailer(): Promise<Mailer> {
  try {
    return await import("nodemailer");
  } catch (error) {
    throw new OubliError("DEPENDENCY_MISSING", { package: word("nodemailer") }, error);
  }
}

function invalid(field: "smtp.from" | "smtp.tls", accepted: string): OubliError {
  return new OubliError("INPUT_INVALID", { field: word(field), accepted: accepted as never });
}
