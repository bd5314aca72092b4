/** How policy sees a verb. */
export interface VerbFacts {
  /** A use needs a purpose. */
  readonly use: boolean;
  /** Whether the use stores something, so that its categories must be said. */
  readonly writes: boolean;
  /** Who may do it without a purpose, because the law obliges the controller to. */
  readonly rightOf: readonly Role[];
  /**
   * What a right does: `discloses` memories, none that were erased or expired; `oversees` what is
   * recorded about them, and shows no memory.
   */
  readonly right: "discloses" | "oversees" | "narrows" | "keeps" | "consents" | null;
}

/** Roles that policy itself knows; a configuration names others in a purpose's `roles`. */
export const ROLES = ["app", "subject", "privacy-officer", "auditor"] as const;

export type Role = (typeof ROLES)[number];

const PERSON: readonly Role[] = ["subject", "privacy-officer"];
const ANYONE: readonly Role[] = ["app", ...PERSON];
const OFFICER: readonly Role[] = ["privacy-officer"];
const OVERSEERS: readonly Role[] = ["privacy-officer", "auditor"];

/**
 * Every verb about one subject. Three of them are a use for an application and a right for the
 * person: reading and correcting. What a hold is for is not for the application, nor for the person
 * whom an investigation may be about: the privacy officer tells them what they have to know.
 *
 * @source GDPR Art. 7(3) (withdraw), 12 (ask), 15 (get, list, export), 16 (correct), 17 (forget, erase),
 *   17(3)(e) (hold), 18(1) (restrict), 18(3) (lift), 20 (export), 44 (transfer), 39(1)(b) (what is overseen)
 */
export const VERBS = {
  remember: { use: true, writes: true, rightOf: [], right: null },
  recall: { use: true, writes: false, rightOf: [], right: null },
  derive: { use: true, writes: true, rightOf: [], right: null },
  link: { use: true, writes: false, rightOf: [], right: null },
  disclose: { use: true, writes: false, rightOf: [], right: null },
  get: { use: true, writes: false, rightOf: PERSON, right: "discloses" },
  list: { use: true, writes: false, rightOf: PERSON, right: "discloses" },
  correct: { use: true, writes: true, rightOf: PERSON, right: "discloses" },
  export: { use: false, writes: false, rightOf: PERSON, right: "discloses" },
  plan: { use: false, writes: false, rightOf: [...ANYONE, "auditor"], right: "oversees" },
  consents: { use: false, writes: false, rightOf: [...ANYONE, "auditor"], right: "oversees" },
  restrictions: { use: false, writes: false, rightOf: [...ANYONE, "auditor"], right: "oversees" },
  ask: { use: false, writes: false, rightOf: PERSON, right: "oversees" },
  holds: { use: false, writes: false, rightOf: OVERSEERS, right: "oversees" },
  forget: { use: false, writes: false, rightOf: ANYONE, right: "narrows" },
  erase: { use: false, writes: false, rightOf: ANYONE, right: "narrows" },
  withdraw: { use: false, writes: false, rightOf: ANYONE, right: "narrows" },
  restrict: { use: false, writes: false, rightOf: ANYONE, right: "narrows" },
  grant: { use: false, writes: false, rightOf: ANYONE, right: "consents" },
  lift: { use: false, writes: false, rightOf: OFFICER, right: "keeps" },
  hold: { use: false, writes: false, rightOf: OFFICER, right: "keeps" },
  transfer: { use: false, writes: false, rightOf: OFFICER, right: "keeps" },
  release: { use: false, writes: false, rightOf: OFFICER, right: "keeps" },
} as const satisfies Record<string, VerbFacts>;

export type Verb = keyof typeof VERBS;

/** Verbs that always need a purpose, whoever asks. */
export type UseVerb = "remember" | "recall" | "derive" | "link" | "disclose";
