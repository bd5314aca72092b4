/**
 * Every promise of the product, by its id: what {@link Control}s check, and what
 * docs/compliance/rows.md lists with function and test.
 */
export const REQUIREMENTS = {
  A1: "A memory is a record with its own key and owner, selected, changed and deleted alone.",
  A2: "Queries are of one person; no index is shared between people.",
  A3: "An embedding is personal data: linked to its memory, sealed, exported and deleted with it.",
  A4: "What was made from a memory goes with it, and is made anew only from what remains.",
  A5: "Erasing a person removes everything of theirs, and nothing of anybody else.",
  A6: "An erasure is a workflow with a term; nothing stands still, and a certificate ends it.",
  A7: "What was erased never comes back: by no query, cache, replay or restore.",
  A8: "Each retrieval is in the log before it is answered: when, whose, who, what for, which items.",
  A9: "The log only grows, shows every change of it, and is kept as long as the strictest law asks.",
  A10: "A person's data stay in their region, but for a reviewed authorisation in force.",
  A11: "Health data are labelled when they are stored; protected ones as such.",
  A12: "A recall gives what its purpose may use, and no more of it than needed.",
  A13: "Each vendor has its contract on record; without one in force, health information is refused.",
  A14: "Disclosures of health information can be accounted for, per person and item.",
  A15: "A person gets a full record of what is held, in time.",
  A16: "What rests on consent is stored only once it was given; the records are kept.",
  A17: "For companions, health and emotional memories need explicit consent before they are stored.",
  A18: "What was collected for one purpose is not readable for another.",
  A19: "Nothing goes to third parties without explicit consent to that.",
  A20: "The privacy notice says what the configuration does; drift from the published one is named.",
  A21: "Everything has an end by category and purpose; what expired is unreadable at once.",
  A22: "Memories form a graph within one person; an edge falls with either end.",
  A23: "The ways in and out are named guards that nothing switches off; a session says what is due.",
  A24: "Who may do what is by role; a person sees who read what of theirs, and why.",
  B1: "A consent record is never changed; its evidence is sealed, and ends when it stopped to matter.",
  B2: "What was agreed to is answered from the latest record; withdrawn is no, not nothing.",
  B3: "An access request gathers every registered source; one that fails hides no other.",
  B4: "An erasure reaches every registered target in order, and is not called done before it is.",
  B5: "What a restore brings back in a connected system is found, and erased again.",
  B6: "What the law has kept is anonymised, with its ground and its end.",
  B7: "Retention runs by rule in batches, counts first, respects holds and can be resumed.",
  B8: "A breach is recorded, alerted and notified within each law's time.",
  B9: "Only declared fields are taken and answered.",
  B10: "Every law in force applies to every person; the strictest term counts.",
  B11: "Analytics knows no people: counts alone, under consent, with a budget that refuses.",
  B12: "Each of these acts is in a log that shows tampering and can be exported.",
} as const satisfies Record<string, string>;

export type RowId = keyof typeof REQUIREMENTS;

export const ROW_IDS = Object.keys(REQUIREMENTS) as readonly RowId[];
