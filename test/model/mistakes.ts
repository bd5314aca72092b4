/** Each mistake that can be planted: what it does, and where the model finds that it breaks what. */
export const MISTAKES = {
  "bump-only-before": {
    does: "the gate moves once, before the act, and nothing is pending meanwhile",
    foundIn: "forget",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "bump-only-after": {
    does: "the gate moves only with executed, not with the intent",
    foundIn: "forget",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "no-pending": {
    does: "the gate moves before and after, and neither pending nor the job is read between",
    foundIn: "forget",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "job-after-intent": {
    does: "the job row is written in a transaction after the intent's",
    foundIn: "forget",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "intent-without-gate-check": {
    does: "an intent is written whatever happened since its facts were read",
    foundIn: "forget-hold",
    breaks: "a held memory is destroyed",
  },
  "erase-without-fence": {
    does: "erase writes no subject fence in memory.db",
    foundIn: "erase",
    breaks: "a row of the erased scope is there after the acknowledgement",
  },
  "no-fence-check": {
    does: "a key is inserted without asking for fences",
    foundIn: "forget-correct",
    breaks: "a shredded key is there again",
  },
  "no-append-check": {
    does: "the audit append does not compare the gate",
    foundIn: "forget",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "cache-ignores-change-number": {
    does: "a working set is valid for a gate seq, whatever was inserted",
    foundIn: "forget",
    breaks: "a recall begun after an acknowledged write does not see it",
  },
  "reconcile-trusts-old-keys": {
    does: "a stale working set keeps content without asking for its key",
    foundIn: "restore",
    breaks: "a retrieve entry after an intent names its nodes",
  },
  "ack-before-executed": {
    does: "an erasure is acknowledged once unreadable",
    foundIn: "forget",
    breaks: "a row of the erased scope is there after the acknowledgement",
  },
  "correct-ignores-holds": {
    does: "correct shreds an old revision that is held",
    foundIn: "correct-derived-hold",
    breaks: "a held memory is destroyed",
  },
  "extension-ignores-holds": {
    does: "a late derivation is added to the job although it is held",
    foundIn: "forget-derived-hold",
    breaks: "a held memory is destroyed",
  },
  "keys-named-by-revision": {
    does: "a correction that gives up drops whatever key its revision has",
    foundIn: "correct-correct",
    breaks: "an acknowledged memory is lost",
  },
  "held-path-unfenced": {
    does: "an erasure with a held node writes no subject fences",
    foundIn: "rotate-erase-held",
    breaks: "a row of the erased scope is there after the acknowledgement",
  },
  "correct-aborts-when-gone": {
    does: "correct logs an abort when another act erased the node",
    foundIn: "forget-correct",
    breaks: "something is destroyed that no intent names",
  },
  "correct-shreds-before-swap": {
    does: "correct shreds the old key, then swaps the row",
    foundIn: "correct",
    breaks: "an acknowledged memory is lost",
  },
  "redo-leaves-swap-open": {
    does: "a redo gives a correction up without refusing its swap",
    foundIn: "correct",
    breaks: "an acknowledged memory is lost",
  },
  "redo-by-two": {
    does: "executed moves the gate whether or not the job row is still there",
    foundIn: "forget",
    breaks: "the gate counts fewer jobs than none",
  },
  "rotate-inserts": {
    does: "rotation re-wraps by INSERT",
    foundIn: "rotate-forget",
    breaks: "a shredded key is there again",
  },
  "rotate-skips-dirty": {
    does: "rotation keeps the subject key of a dirty subject",
    foundIn: "rotate-forget",
    breaks: "a final erasure's key opens with an old copy of keys.db and the root keys of today",
  },
  "rotate-reads-dirty-early": {
    does: "rotation asks for `dirty` before its transaction",
    foundIn: "rotate-forget",
    breaks: "a final erasure's key opens with an old copy of keys.db and the root keys of today",
  },
  "rotate-strands-new-keys": {
    does: "rotation re-wraps the keys it read before its transaction, only",
    foundIn: "rotate-forget",
    breaks: "an acknowledged memory is lost",
  },
  "rotate-destroys-early": {
    does: "rotation destroys the old root key before the subjects are done",
    foundIn: "rotate-forget",
    breaks: "an acknowledged memory is lost",
  },
  "register-ignores-epoch": {
    does: "a subject key is inserted whatever epoch is active",
    foundIn: "rotate-register",
    breaks: "another subject's key is lost with its root key",
  },
  "remember-ignores-sk-version": {
    does: "a node key is inserted whatever subject key is live",
    foundIn: "rotate-forget",
    breaks: "an acknowledged memory is lost",
  },
  "derive-ignores-source": {
    does: "a derived row is inserted whether or not its source is still there",
    foundIn: "forget-derived",
    breaks: "what was derived from the erased is there after the acknowledgement",
  },
  "purge-ignores-late-derivations": {
    does: "what was derived after the plan was read is not looked for",
    foundIn: "forget-derived",
    breaks: "what was derived from the erased is there after the acknowledgement",
  },
  "late-derivations-unnamed": {
    does: "a late derivation is erased without being added to the job",
    foundIn: "forget-derived",
    breaks: "something is destroyed that no intent names",
  },
  "forget-by-revision": {
    does: "forget plans and fences the revision it read, not the node",
    foundIn: "forget-correct",
    breaks: "a key of the erased scope is there after the acknowledgement",
  },
  "withdraw-bumps-nothing": {
    does: "withdraw does not move the gate",
    foundIn: "withdraw",
    breaks: "a retrieve entry after a withdrawal names what rested on it alone",
  },
  "no-sweep-after-withdraw": {
    does: "no sweep looks for rows that came after the queued erasure's read",
    foundIn: "withdraw",
    breaks: "what rested on a withdrawn consent is never erased",
  },
  "sweep-takes-young-keys": {
    does: "the sweep takes a key without a row, however young",
    foundIn: "forget",
    breaks: "an acknowledged memory is lost",
  },
} as const;

/** Left out, these break no promise: they are there for haste or for order, not for safety. */
export const SPARED = {
  "second-bump-skipped": "executed takes pending down and leaves seq as it is",
} as const;

export type Mistake = keyof typeof MISTAKES | keyof typeof SPARED;
