export interface ErrorKind {
  /** HTTP status for the outer doors. */
  readonly status: number;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly text: string;
  readonly source?: string;
  /** What mends it, in one line; `null` where these details say of no way. */
  readonly hint?: (details: Readonly<Record<string, unknown>>) => string | null;
}

/** Every failure a caller can meet. A released code keeps its meaning forever. */
export const ERRORS = {
  INPUT_INVALID: { status: 400, retryable: false, text: "An input was not accepted." },
  CONFIG_INVALID: {
    status: 500,
    retryable: false,
    text: "The configuration was not accepted.",
    hint: ({ field }) => STORE_HINTS[String(field)] ?? null,
  },
  CONFIG_STALE: {
    status: 503,
    retryable: false,
    text: "Another process opened this store with a newer configuration; open it again.",
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    text: "There is nothing here that this caller may see.",
  },
  PURPOSE_UNKNOWN: {
    status: 403,
    retryable: false,
    text: "The purpose is not declared.",
    hint: ({ reason }) =>
      reason === "purpose-missing"
        ? 'Name a declared one: { purpose: "assistant" }; or act as the person: subject.self()'
        : null,
  },
  CONSENT_MISSING: {
    status: 403,
    retryable: false,
    text: "This purpose rests on consent, and none is in force.",
    source: "GDPR Art. 6(1)(a), Art. 7",
    hint: (details) =>
      `Give it: await subject.consent.grant({ purpose: "${String(details["purpose"])}", ` +
      `${details["explicit"] === true ? "explicit: true, " : ""}` +
      `policyVersion: "v1", mechanism: "signup" })`,
  },
  POLICY_REFUSED: {
    status: 403,
    retryable: false,
    text: "The policy refuses this use.",
    hint: ({ reason, accepted }) => (reason === "role-missing" ? roleHint(accepted) : null),
  },
  POLICY_GAP: {
    status: 403,
    retryable: false,
    text: "The configuration does not say whether this use is allowed, so it is refused.",
  },
  PROCESSOR_REFUSED: {
    status: 403,
    retryable: false,
    text: "This content may not be given to this processor.",
    source: "GDPR Art. 28(3), 44; 45 CFR 164.502(e)",
  },
  TRANSFER_REFUSED: {
    status: 403,
    retryable: false,
    text: "This person's data may not go to that region under this authorisation.",
    source: "GDPR Art. 44; 45 CFR 164.502(e)",
  },
  SUBJECT_RESTRICTED: {
    status: 403,
    retryable: false,
    text: "Processing of this subject's data is restricted.",
    source: "GDPR Art. 18(2)",
  },
  ARRIVAL_LOST: {
    status: 410,
    retryable: false,
    text: "What came with this person from another region was lost with the end of the log here.",
    source: "GDPR Art. 32(1)(c), 33(1)",
  },
  SUBJECT_ERASED: {
    status: 410,
    retryable: false,
    text: "This subject was erased, or is being erased.",
    source: "GDPR Art. 17(1)",
  },
  KEY_SHREDDED: {
    status: 410,
    retryable: false,
    text: "The key of this record was destroyed; its content cannot be recovered.",
    source: "GDPR Art. 17(1)",
  },
  REPLAY_OF_ERASED: {
    status: 409,
    retryable: false,
    text: "This source event was erased before; a replay of it is not stored again.",
  },
  ZERO_SCOPE: {
    status: 404,
    retryable: false,
    text: "Nothing would be erased, so no certificate can be given.",
  },
  HELD: {
    status: 409,
    retryable: false,
    text: "A legal hold keeps these records from destruction.",
    source: "GDPR Art. 17(3)(e)",
    hint: () => "A privacy officer lists them, subject.holds(), and ends one: subject.release(id)",
  },
  ERASURE_BLOCKED: {
    status: 409,
    retryable: false,
    text: "This person may not be erased yet: a check of the application, or a name that a system needs.",
    source: "GDPR Art. 17(3)",
    hint: ({ codes }) =>
      Array.isArray(codes) && codes.includes("identifier-missing")
        ? 'Give each name; "" says that they have none: subject.erase({ identifiers: { email } })'
        : "Each check's answer: subject.plan()",
  },
  CONFLICT: { status: 409, retryable: true, text: "Another act changed this record meanwhile." },
  LIMIT_EXCEEDED: { status: 413, retryable: false, text: "A limit was exceeded." },
  AUDIT_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: "The audit log cannot be written, so nothing is released.",
  },
  STORE_BUSY: { status: 503, retryable: true, text: "The store did not become free in time." },
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: "The store cannot be reached.",
    hint: ({ reason }) => {
      if (reason === "ECONNREFUSED") {
        return "Nothing listens at its address: is the server started, and the port right?";
      }
      return reason === "ENOTFOUND" ? "Its address names a host that nobody knows." : null;
    },
  },
  STORE_READ_ONLY: { status: 503, retryable: false, text: "The store's folder is read-only." },
  STORE_FULL: { status: 507, retryable: true, text: "The store's disk is full." },
  STORE_DAMAGED: { status: 500, retryable: false, text: "A store file is damaged." },
  SCHEMA_NEWER: {
    status: 500,
    retryable: false,
    text: "The store was written by a newer version of Oubli.",
  },
  SCHEMA_OLDER: {
    status: 500,
    retryable: false,
    text: "The database does not have this version's schema yet.",
    hint: () => "Bring it up to date with an administrator's URL: oubli store migrate",
  },
  OUTCOME_UNKNOWN: {
    status: 503,
    retryable: false,
    text: "The connection was lost while committing; whether it was written is not known.",
    hint: () => "Look before you repeat it, or repeat it with its idempotency key.",
  },
  DEPENDENCY_MISSING: {
    status: 500,
    retryable: false,
    text: "An optional package that this configuration needs is not installed.",
    hint: ({ package: name }) => `Install it: npm install ${String(name)}`,
  },
  STORE_LOCKED: {
    status: 503,
    retryable: false,
    text: "A store is older than the ledger and could not be brought up to it.",
    hint: ({ restore, replaced }) => {
      if (restore === true) return "A restore was begun here and did not end: run it again.";
      return replaced === true ? "It was restored since: start this process anew." : null;
    },
  },
  ROOT_MISSING: {
    status: 500,
    retryable: false,
    text: "The root keys of this store are missing; they are never made anew beside data.",
    hint: ({ region = "<region>", epoch = "<n>" }) =>
      `Looked for in the root folder: ${String(region)}.notary.db and ` +
      `${String(region)}.epoch-${String(epoch)}.key. ` +
      "A store keeps the name of the region that it was made with.",
  },
  REGION_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: "A region cannot be reached, and the person may be one of its people.",
  },
  ROOT_UNAVAILABLE: {
    status: 503,
    retryable: true,
    text: "The service that holds the root keys cannot be reached, is sealed, or is overloaded.",
  },
  ROOT_REFUSED: {
    status: 500,
    retryable: false,
    text: "The service that holds the root keys does not do what is asked of it.",
    hint: ({ status, reason }) => refusalHint(status, reason),
  },
  SEAL_BROKEN: {
    status: 500,
    retryable: false,
    text: "A sealed field does not open: it was changed, moved, or belongs elsewhere.",
  },
  LOG_FORKED: {
    status: 500,
    retryable: false,
    text: "The audit log is shorter than, or differs from, what its notary signed.",
    hint: ({ found, restore }) =>
      restore === true
        ? "The backup ends before that: give the rest, --ledger <exported logs>, or give it up: --fork"
        : found === 0
          ? "The data folder is new or empty while its root folder has signed entries: " +
            "restore the data, or, to start over, remove both folders."
          : null,
  },
  BACKUP_DAMAGED: {
    status: 422,
    retryable: false,
    text: "The backup is incomplete or was changed: it is not what its manifest signs.",
  },
  BACKUP_FOREIGN: {
    status: 422,
    retryable: false,
    text: "The backup is another region's or another installation's.",
  },
  BACKUP_KEYS_ENDED: {
    status: 422,
    retryable: false,
    text: "The backup's keys are of an epoch that has ended: nothing in it opens any more.",
    hint: () => "Restore with a newer snapshot of the keys: oubli restore <folder> --keys <folder>",
  },
  BACKUP_UNSUPPORTED: {
    status: 500,
    retryable: false,
    text: "Oubli cannot back this store up, or restore it.",
  },
  RESTORE_OCCUPIED: {
    status: 409,
    retryable: false,
    text: "There is a store in this place; a restore goes into an empty one.",
    hint: () => "To put the backup in its place, for good: oubli restore <folder> --replace --yes",
  },
  PROOF_INVALID: { status: 422, retryable: false, text: "A proof or certificate does not hold." },
  EMBEDDER_INVALID: {
    status: 502,
    retryable: false,
    text: "The embedder threw, or what it answered is not one finite vector for each text.",
  },
  SEND_FAILED: {
    status: 502,
    retryable: true,
    text: "What was to be given to a processor could not be sent; the attempt is in the log.",
  },
  REQUEST_STATE: {
    status: 409,
    retryable: false,
    text: "The request is in a state, or of a right, from which this does not follow; `accepted` says what does.",
    hint: ({ accepted }) => (accepted === undefined ? "It is over: nothing follows." : null),
  },
  REQUEST_INCOMPLETE: {
    status: 409,
    retryable: false,
    text: "A restore lost part of what the request said; `fields` names what to say again.",
  },
  IDENTITY_REFUSED: {
    status: 403,
    retryable: false,
    text: "The one-time code is wrong, over or used up; `left` says how many tries remain.",
    source: "GDPR Art. 12(6)",
  },
  EXTENSION_REFUSED: {
    status: 409,
    retryable: false,
    text: "The time for this request cannot be extended; `reason` says why.",
    source: "GDPR Art. 12(3); 45 CFR 164.524(b)(2); 11 CCR 7021(b)",
  },
  DRAFT_INCOMPLETE: {
    status: 422,
    retryable: false,
    text: "A letter or a notification lacks what its law asks for; `fields` names each.",
  },
  BUDGET_SPENT: {
    status: 409,
    retryable: false,
    text: "Too much was published of these days already; `left` is the epsilon that a day has.",
  },
  SOURCE_FAILED: {
    status: 502,
    retryable: true,
    text: "A system that holds people's data did not do what was asked of it.",
  },
  PACKAGE_GONE: {
    status: 410,
    retryable: false,
    text: "The package is gone: it was fetched or taken back, its time is over, or it was overtaken by an erasure.",
    hint: () => "Make a new one: await subject.keepPackage()",
  },
  CLOSED: { status: 503, retryable: false, text: "This Oubli is closed." },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** What the server refused of a store's address, and what mends it. */
const STORE_HINTS: Readonly<Record<string, string>> = {
  "store.password": "The server does not take this login with this password, or has no such login.",
  "store.user": "The server does not let this login in from here: see its pg_hba.conf",
  "store.database": "The address names a database that is not there: CREATE DATABASE, once.",
  "store.role":
    "This region's role is missing, or not open to this login; was it made under this name? " +
    "oubli store migrate",
  "store.pooler": "A pooler gives each transaction another connection: set it to session mode.",
};

function roleHint(accepted: unknown): string | null {
  const roles: readonly unknown[] = Array.isArray(accepted) ? accepted : [];
  if (roles.includes("subject")) return "Act as the person: subject.self()";
  if (!roles.includes("privacy-officer")) return null;
  return 'Act as the officer: oubli.as({ kind: "staff", id: "dpo", roles: ["privacy-officer"] })';
}

function refusalHint(status: unknown, reason: unknown): string | null {
  if (status === 403) return "Its token has ended, or its policy does not allow this act.";
  if (status === 404) return "Nothing is mounted at the root's path, or in its namespace.";
  if (reason === "token-missing") return "Set VAULT_TOKEN, or name a token-file in the root.";
  if (reason === "certificate") return "Name the authority's certificate in the root: ca=<file>";
  return null;
}
